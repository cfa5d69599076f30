//! Files that the program brings along or the user names: rules, law, profile, proofs.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use include_dir::{Dir, include_dir};
use sancha_app::{
    RuleFile,
    backup::{RestoreProof, TestResult},
    lake::{SignedStatement, StatementError, StatementKind, read_proofs},
};
use sancha_compliance::{
    KeptLogs, Profile, ProfileProblem, Proof, ProofKind, ProofShelf, ProofState, RestoreTest,
    StoredText,
};
use sancha_model::{LocalText, Text};
use sancha_seal::{VerifierKey, sha256_hex};

use crate::{
    exit::{Told, UsageError},
    texts,
};

static RULES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../rules");
static LAW: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../law");

/// The rules we ship, in name order.
pub(crate) fn shipped_rules() -> Vec<RuleFile> {
    let mut files = Vec::new();
    embedded(&RULES, &mut |path, text| {
        let path = format!("rules/{path}");
        files.push(RuleFile { path, yaml: text.to_owned() });
    });
    files
}

/// The law we ship, as (name, text), in name order.
pub(crate) fn shipped_law() -> Vec<(String, String)> {
    let mut files = Vec::new();
    embedded(&LAW, &mut |path, text| files.push((path.to_owned(), text.to_owned())));
    files
}

fn embedded(folder: &Dir<'_>, each: &mut dyn FnMut(&str, &str)) {
    let mut found = Vec::new();
    let mut folders = vec![folder];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        found.extend(folder.files());
    }
    found.sort_by_key(|file| file.path().to_owned());
    for file in found {
        if let (true, Some(path), Some(text)) =
            (is_yaml(file.path()), file.path().to_str(), file.contents_utf8())
        {
            each(path, text);
        }
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == "yml" || ending == "yaml")
}

/// Rules of folders that the user names, in path order.
pub(crate) fn rules_of(folders: &[PathBuf]) -> Result<Vec<RuleFile>, UsageError> {
    let mut files = Vec::new();
    for folder in folders {
        let mut paths = Vec::new();
        collect_yaml(folder, &mut BTreeSet::new(), &mut paths)
            .map_err(|error| unreadable(folder, &error, "规则文件夹", "the rule folder"))?;
        paths.sort();
        for path in paths {
            let shown = path.display().to_string();
            // What is no text is reported as a rule that does not load.
            let yaml = text(&path, "规则文件", "the rule file")?;
            files.push(RuleFile { path: shown, yaml });
        }
    }
    Ok(files)
}

/// A folder that links lead to twice is entered once.
fn collect_yaml(
    path: &Path,
    entered: &mut BTreeSet<PathBuf>,
    found: &mut Vec<PathBuf>,
) -> std::io::Result<()> {
    if fs::metadata(path)?.is_file() {
        found.push(path.to_owned());
        return Ok(());
    }
    if !entered.insert(fs::canonicalize(path)?) {
        return Ok(());
    }
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            collect_yaml(&path, entered, found)?;
        } else if is_yaml(&path) {
            found.push(path);
        }
    }
    Ok(())
}

/// Reads a text file that the user named, as editors on Windows write it too: in UTF-8 or GB18030.
pub(crate) fn text(path: &Path, zh: &str, en: &str) -> Result<String, UsageError> {
    bytes(path, zh, en).map(|bytes| sancha_normalize::readable(&bytes).into_owned())
}

fn bytes(path: &Path, zh: &str, en: &str) -> Result<Vec<u8>, UsageError> {
    fs::read(path).map_err(|error| unreadable(path, &error, zh, en))
}

fn unreadable(path: &Path, error: &std::io::Error, zh: &str, en: &str) -> UsageError {
    let shown = path.display();
    UsageError(LocalText::new(
        format!("读不到{zh} `{shown}`（{error}）；请检查路径与权限"),
        format!("failed to read {en} `{shown}` ({error}); check the path and its permissions"),
    ))
}

/// The official texts that `law import` wrote into folders of the user, in path order.
pub(crate) fn law_texts(folders: &[PathBuf]) -> Result<Vec<StoredText>, UsageError> {
    let mut texts = Vec::new();
    for folder in folders {
        let (zh, en) = ("导入的法规文本", "imported official texts");
        let listed = fs::read_dir(folder).and_then(Iterator::collect::<std::io::Result<Vec<_>>>);
        let entries = listed.map_err(|error| unreadable(folder, &error, zh, en))?;
        let mut paths: Vec<PathBuf> = entries.iter().map(fs::DirEntry::path).collect();
        paths.retain(|path| path.extension().is_some_and(|ending| ending == "json"));
        paths.sort();
        for path in paths {
            let stored = StoredText::parse(&path.display().to_string(), &text(&path, zh, en)?);
            texts.push(stored.map_err(|error| UsageError(LocalText::same(error.to_string())))?);
        }
    }
    Ok(texts)
}

/// operator.toml with what was found of its proofs.
pub(crate) struct OperatorFile {
    pub(crate) profile: Profile,
    pub(crate) problems: Vec<ProfileProblem>,
    pub(crate) shelf: ProofShelf,
}

/// Reads a profile and looks for every proof it names, relative to its own folder.
pub(crate) fn operator(path: &Path) -> Result<OperatorFile, UsageError> {
    let (profile, problems) = Profile::parse(&text(path, "单位档案", "the operator profile")?);
    let folder = path.parent().unwrap_or(Path::new(""));
    let mut shelf = ProofShelf::default();
    for proof in profile.proofs() {
        shelf.put(&proof.path, proof_state(&folder.join(&proof.path)));
    }
    Ok(OperatorFile { profile, problems, shelf })
}

impl OperatorFile {
    /// Adds the restore tests of proofs that `backup test` wrote, oldest first, to the backups that they are
    /// tests of. Gives the files of tests that show nothing, with a text that says why: those are not added.
    pub(crate) fn add_restore_tests<'f>(
        &mut self,
        files: &'f [PathBuf],
        keys: &[VerifierKey],
    ) -> anyhow::Result<Vec<(&'f Path, &'static Text)>> {
        let (mut proofs, mut undecided) = (Vec::new(), Vec::new());
        for path in files {
            let file = bytes(path, "恢复测试证明", "the proof of a restore test")?;
            let read = StatementKind::RestoreTest.read(&file, keys);
            let SignedStatement { text, signed, .. } = read.map_err(|why| not_ours(path, why))?;
            let proof = RestoreProof::parse(&text).map_err(|why| no_proof(path, &why))?;
            proofs.push((proof.tested_at, path, proof, signed, sha256_hex(&file)));
        }
        proofs.sort_by_key(|(tested_at, ..)| *tested_at);
        for (tested_at, path, proof, signed, sha256) in proofs {
            let passed = match proof.result {
                // Whoever sets the clock could have tested before any incident.
                TestResult::Passed if proof.clock_by_hand => {
                    undecided.push((path.as_path(), &texts::RESTORE_BY_HAND));
                    continue;
                }
                TestResult::Passed => true,
                TestResult::Failed => false,
                TestResult::NotShown => {
                    undecided.push((path.as_path(), &texts::RESTORE_NOT_SHOWN));
                    continue;
                }
            };
            let date = tested_at.date_in(&self.profile.zone);
            let shown = path.display().to_string();
            self.shelf.put(&shown, ProofState::Readable { sha256: sha256.clone() });
            let kind = ProofKind::RestoreTest;
            let signed = Some(signed);
            let proofs = vec![Proof { path: shown, sha256, date, kind, signed, line: 0 }];
            let test = RestoreTest { date, passed, proof: proofs };
            if !self.profile.add_restore_test(&proof.lake, &test) {
                return Err(unclaimed(path, &proof.lake).into());
            }
        }
        Ok(undecided)
    }
}

fn no_proof(path: &Path, why: &LocalText) -> UsageError {
    let shown = path.display();
    UsageError(LocalText::new(
        format!("`{shown}` 不是恢复测试证明（{}）；请用 sancha backup test 生成", why.zh),
        format!(
            "`{shown}` is no proof of a restore test ({}); sancha backup test writes one",
            why.en
        ),
    ))
}

fn unclaimed(path: &Path, lake: &str) -> UsageError {
    let shown = path.display();
    UsageError(LocalText::new(
        format!(
            "`{shown}` 是日志湖 {lake} 的恢复测试，单位档案中没有哪项备份写明是它的；请在相应的 [[backups]] 中加一行 lake = \"{lake}\""
        ),
        format!(
            "`{shown}` is a restore test of the lake {lake}, and no backup of the operator profile says that it is of that lake; add to its [[backups]] the line lake = \"{lake}\""
        ),
    ))
}

/// What a lake states of the logs that it keeps.
pub(crate) fn kept_logs(path: &Path, keys: &[VerifierKey]) -> anyhow::Result<Vec<KeptLogs>> {
    let file = bytes(path, "留存证明", "the proof of retention")?;
    let read = StatementKind::Retention.read(&file, keys);
    let statement = read.map_err(|why| not_ours(path, why))?;
    let shown = path.display().to_string();
    let kept = read_proofs(&shown, &file, &statement).map_err(|(line, why)| {
        UsageError(LocalText::new(
            format!("{shown}:{line}: {}", why.zh),
            format!("{shown}:{line}: {}", why.en),
        ))
    });
    Ok(kept?)
}

/// A statement that its signature does not fit, or that none of the keys signed.
fn not_ours(path: &Path, why: StatementError) -> Told {
    let (shown, text) = (path.display(), why.text());
    Told {
        text: LocalText::new(format!("{shown}：{}", text.zh), format!("{shown}: {}", text.en)),
        is_integrity: true,
        source: why.into(),
    }
}

fn proof_state(path: &Path) -> ProofState {
    match fs::read(path) {
        Ok(bytes) => ProofState::Readable { sha256: sha256_hex(&bytes) },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => ProofState::Missing,
        Err(error) => ProofState::Unreadable { reason: error.to_string() },
    }
}
