//! A witness of the logs of others: signs a checkpoint when the log only grew since the one signed before.
//!
//! Its folder has its own key, and of each log `NAME.public` (the log's keys, the newest last) and
//! `NAME.checkpoint`, the one signed last. It is written before a signature goes out: a witness that forgot
//! could be shown two histories. A request that contradicts it is kept as `NAME.refused-SIZE-ROOT`.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use anyhow::Result;
use sancha_lake::{
    LakeError,
    disk::{Disk, DiskError, Lock, RealDisk, Trouble},
    plain_name,
};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;
use sancha_seal::{
    Algorithm, Checkpoint, KeyKind, Note, SigningKey, TreeHead, VerifierKey,
    checkpoint::CheckpointError,
    witness::{self, Request, WitnessError},
};

use super::{
    anchor::{read, write},
    keys, now, told,
};
use crate::{
    args::{WitnessAction, WitnessArgs, WitnessSignArgs, WitnessStateArgs},
    exit::{Exit, Told, UsageError},
    output, texts,
};

const LOCK: &str = "lock";

pub(crate) fn run(args: &WitnessArgs, lang: Lang) -> Result<Exit> {
    match &args.action {
        WitnessAction::Sign(args) => sign(args, lang),
        WitnessAction::Show(args) => {
            let (_, key) = own(args, lang)?;
            writeln!(io::stdout(), "{}", key.verifier())?;
            Ok(Exit::Done)
        }
    }
}

/// The witness's folder and key, which is made when there is none.
fn own(args: &WitnessStateArgs, lang: Lang) -> Result<(PathBuf, SigningKey)> {
    let folder = keys::own_folder(args.state.as_deref(), "witness", "--state")?;
    let kept = keys::files(&folder, "").into_iter().find_map(|(path, read)| match read {
        Ok(key) => (key.verifier().kind() == KeyKind::Witness).then_some(Ok(key)),
        Err(error) => Some(Err(error.context(path.display().to_string()))),
    });
    if let Some(key) = kept.transpose()? {
        return Ok((folder, key));
    }
    let tail: [u8; 4] = keys::random()?;
    let drawn = format!("sancha-witness-{:08x}", u32::from_be_bytes(tail));
    let key = keys::draw(args.name.as_deref().unwrap_or(&drawn), KeyKind::Witness)?;
    let path = keys::store(&folder, &key)?;
    let text = texts::WITNESS_KEY_MADE
        .get(lang)
        .replace("{path}", &path.display().to_string())
        .replace("{key}", &key.verifier().to_string());
    output::note(&visible(&text));
    Ok((folder, key))
}

fn sign(args: &WitnessSignArgs, lang: Lang) -> Result<Exit> {
    let given = keys::public("--log", &args.log)?;
    let at = now(&args.now)?;
    let bytes = read(&args.file)?;
    let (request, note, asked) = asked(&bytes).map_err(|error| unusable(&args.file, &error))?;
    let (folder, key) = own(&args.state, lang)?;
    let state = State::open(folder, &asked.origin)?;
    let log = state.log_key(&args.file, &note, &given)?;
    let before = state.before()?;
    let old = before.as_ref().map_or(TreeHead::empty(Algorithm::Sha256), |kept| kept.head);
    let kept = before.filter(|kept| kept.head == asked.head());
    let signed = match kept {
        // Asked once more, as after a stick was lost: the same signature again.
        Some(kept) => kept.note,
        None => {
            let second = u64::try_from(at.nanos() / 1_000_000_000).unwrap_or(0);
            let answer = match witness::answer(&request, &log, &old, (&key, second)) {
                Ok(answer) => answer,
                Err(error @ (WitnessError::Shrank { .. } | WitnessError::Rewritten { .. })) => {
                    return Err(state.refuse(&asked, &bytes, error)?);
                }
                Err(error) => return Err(unusable(&args.file, &error).into()),
            };
            let mut signed = note;
            witness::attach(&mut signed, &answer.signature, key.verifier())?;
            let signed = signed.to_bytes();
            state.keep(&log, &signed)?;
            signed
        }
    };
    write(&args.output, &signed)?;
    let text = texts::WITNESS_SIGNED
        .get(lang)
        .replace("{origin}", &asked.origin)
        .replace("{old}", &old.size.to_string())
        .replace("{size}", &asked.size.to_string())
        .replace("{path}", &args.output.display().to_string());
    output::note(&visible(&text));
    Ok(Exit::Done)
}

/// A request, its signed checkpoint, and what that says.
fn asked(bytes: &[u8]) -> Result<(Request, Note, Checkpoint), WitnessError> {
    let request = Request::from_bytes(bytes)?;
    let note = Note::from_bytes(&request.checkpoint).map_err(CheckpointError::from)?;
    let asked = Checkpoint::parse(&note.text)?;
    Ok((request, note, asked))
}

/// What a witness has of one log; nobody else signs while this lives.
struct State {
    folder: PathBuf,
    disk: RealDisk,
    /// Beginning of the names of its files.
    name: String,
    origin: String,
    _lock: Box<dyn Lock>,
}

/// The checkpoint that was signed last.
struct Kept {
    note: Vec<u8>,
    head: TreeHead,
}

impl State {
    fn open(folder: PathBuf, origin: &str) -> Result<Self> {
        let disk = RealDisk::new(&folder);
        match disk.create(LOCK) {
            Err(error) if error.trouble != Trouble::Exists => return Err(failed(error)),
            _ => {}
        }
        let lock = disk.lock(LOCK).map_err(failed)?.ok_or_else(|| told(LakeError::Busy))?;
        let name = plain_name(origin);
        Ok(Self { folder, disk, name, origin: origin.to_owned(), _lock: lock })
    }

    fn read(&self, ending: &str) -> Result<Option<Vec<u8>>> {
        match self.disk.read(&format!("{}.{ending}", self.name)) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.trouble == Trouble::Missing => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// The key that signed the request: one that was given, else one that is known.
    fn log_key(&self, file: &Path, note: &Note, given: &[VerifierKey]) -> Result<VerifierKey> {
        let known = self.read("public")?.unwrap_or_default();
        let known = String::from_utf8_lossy(&known);
        let known: Vec<_> =
            known.lines().rev().filter_map(|line| VerifierKey::parse(line).ok()).collect();
        // Once it has replaced its key, the old one does not sign any more.
        let newest = known.first().cloned();
        let mut keys = given.iter().filter(|key| key.name() == self.origin).cloned().chain(newest);
        let (shown, origin) = (file.display(), &self.origin);
        if let Some(key) = keys.find(|key| note.verify(std::slice::from_ref(key)).is_ok()) {
            let is_replaced = known.iter().skip(1).any(|old| *old == key);
            if !is_replaced {
                return Ok(key);
            }
        }
        let text = match known.first() {
            None => LocalText::new(
                format!(
                    "第一次为 {origin} 作见证，须用 --log 给出其公钥（对方运行 sancha key show），并当面或电话核对；{shown} 须由它签名"
                ),
                format!(
                    "the first time that {origin} is witnessed, its public key is needed with --log (they see it with `sancha key show`), compared by phone or in person; {shown} has to be signed by it"
                ),
            ),
            Some(key) => LocalText::new(
                format!(
                    "{shown} 不是由 {origin} 的已知公钥签名的（{key}）；如果对方更换了密钥，请核对后用 --log 给出新公钥"
                ),
                format!(
                    "{shown} is not signed by the key that is known of {origin} ({key}); if they replaced their key, compare the new one and give it with --log"
                ),
            ),
        };
        Err(UsageError(text).into())
    }

    fn before(&self) -> Result<Option<Kept>> {
        let Some(note) = self.read("checkpoint")? else { return Ok(None) };
        let left = sancha_seal::paper::read(&note).map_err(|error| {
            let path = self.folder.join(format!("{}.checkpoint", self.name));
            let shown = path.display();
            Told {
                text: LocalText::new(
                    format!("{shown} 已损坏：它是上次签名的检查点，没有它不能判断日志是否被改写；请从备份恢复"),
                    format!("{shown} is damaged: it is the checkpoint signed last, without which nobody can tell whether the log was rewritten; restore it from a backup"),
                ),
                is_integrity: true,
                source: error.into(),
            }
        })?;
        Ok(Some(Kept { head: left.checkpoint.head(), note }))
    }

    /// Keeps what is about to be handed out.
    fn keep(&self, log: &VerifierKey, signed: &[u8]) -> Result<()> {
        let known = self.read("public")?.unwrap_or_default();
        let mut known = String::from_utf8_lossy(&known).into_owned();
        if known.lines().last() != Some(log.to_string().as_str()) {
            known += &format!("{log}\n");
            let path = format!("{}.public", self.name);
            self.disk.write_at_once(&path, known.as_bytes()).map_err(failed)?;
        }
        self.disk.write_at_once(&format!("{}.checkpoint", self.name), signed).map_err(failed)
    }

    /// Keeps a request that contradicts what was signed, and says what that means.
    fn refuse(
        &self,
        asked: &Checkpoint,
        request: &[u8],
        error: WitnessError,
    ) -> Result<anyhow::Error> {
        let root = asked.root.hex();
        let root = root.get(..8).unwrap_or_default();
        let refused = format!("{}.refused-{}-{root}", self.name, asked.size);
        self.disk.write_at_once(&refused, request).map_err(failed)?;
        let shown = |name: &str| self.folder.join(name).display().to_string();
        let (kept, refused) = (shown(&format!("{}.checkpoint", self.name)), shown(&refused));
        let origin = &self.origin;
        let (zh, en) = match error {
            WitnessError::Shrank { old, new } => (
                format!(
                    "{origin} 只有{new}条，而上次签名时已有{old}条：日志被截去或替换（或给的是旧的请求文件）"
                ),
                format!(
                    "{origin} has {new} entries, and {old} were signed last: it was cut or replaced (or this is an old request)"
                ),
            ),
            _ => (
                format!("{origin} 的{}条不是由上次签名的日志延续而来：它被改写", asked.size),
                format!(
                    "the {} entries of {origin} do not go on from what was signed last: it was rewritten",
                    asked.size
                ),
            ),
        };
        Ok(Told {
            text: LocalText::new(
                format!("拒绝签名：{zh}。证据是对方同一密钥签名的两个检查点，请一并保存：{kept}，{refused}"),
                format!("REFUSED: {en}. Two checkpoints that the same key signed are the evidence; keep both: {kept}, {refused}"),
            ),
            is_integrity: true,
            source: error.into(),
        }
        .into())
    }
}

fn failed(error: DiskError) -> anyhow::Error {
    told(LakeError::Disk(error))
}

fn unusable(file: &Path, error: &WitnessError) -> UsageError {
    let shown = file.display();
    UsageError(match error {
        WitnessError::Stale { asked, signed } => LocalText::new(
            format!(
                "{shown} 从第{asked}条说起，而上次签名到第{signed}条；请对方重新写出：sancha anchor export --from {signed}"
            ),
            format!(
                "{shown} goes on from {asked} entries, and {signed} were signed last; ask for it again: sancha anchor export --from {signed}"
            ),
        ),
        error => LocalText::new(
            format!("{shown} 不是见证请求（{error}）；应由 sancha anchor export 写出"),
            format!("{shown} cannot be used ({error}); it should come from `sancha anchor export`"),
        ),
    })
}
