//! What a verification rests on, for people: the key, checkpoints left with others, anchors.

use sancha_lake::{
    Anchor, AnchorError,
    verify::{
        AnchorFound, AnchorVerdict, KeyVerdict, LeftFound, LeftSignature, LeftVerdict,
        TrustVerdicts,
    },
};
use sancha_model::{Lang, LocalText};
use sancha_report::visible;
use sancha_seal::{AnchorMethod, VerifierKey};

use super::lake_text;

/// What the verdicts rest on, and what they do not show.
pub fn render_trust(trust: &TrustVerdicts, lang: Lang) -> String {
    let mut lines = vec![key(trust.key)];
    lines.extend(trust.left.iter().flat_map(left));
    lines.extend(trust.anchors.iter().map(anchor));
    lines.extend(complete(trust));
    lines.push(reservation(trust));
    lines.iter().map(|line| visible(line.get(lang)) + "\n").collect()
}

fn key(verdict: KeyVerdict) -> LocalText {
    match verdict {
        KeyVerdict::Folder => LocalText::new(
            "签名公钥：取自日志湖自己的文件夹，未与别处核对；另存有公钥的，请用 --key 给出",
            "key: taken from the lake's own folder and compared with nothing; if you keep one elsewhere, give it with --key",
        ),
        KeyVerdict::Given { rotations: 0 } => {
            LocalText::new("签名公钥：与您给出的一致", "key: the one you gave")
        }
        KeyVerdict::Given { rotations } => LocalText::new(
            format!("签名公钥：由您给出的公钥经{rotations}次换钥而来，每次都由前一密钥签名"),
            format!(
                "key: the one you gave led to it through {rotations} rotations, each signed by the key before"
            ),
        ),
        KeyVerdict::Other => LocalText::new(
            "签名公钥：封存日志不是由您给出的公钥签名的：日志已被人用另一密钥重写，或给错了公钥",
            "key: the log is NOT signed by the key you gave: somebody wrote it anew with another key, or the key given is of another log",
        ),
    }
}

fn left(verdict: &LeftVerdict) -> Vec<LocalText> {
    let LeftVerdict { name, size, signature, found } = verdict;
    let is_by_log = *signature == LeftSignature::Log;
    let (zh, en) = match found {
        LeftFound::GoesOn => (
            format!("封存日志由它延续，前{size}条未被改写"),
            format!("the log goes on from it; the first {size} entries were not rewritten"),
        ),
        LeftFound::OtherLog(other) => (
            format!("它属于另一日志 {other}：给错了文件，或整个日志湖被替换"),
            format!(
                "it is of another log, `{other}`: the wrong file, or the whole lake was replaced"
            ),
        ),
        LeftFound::Cut { have } => (
            format!("它有{size}条，而封存日志只有{have}条：日志的尾部被截去"),
            format!("it is of {size} entries, and the log has {have}: the tail of the log was CUT"),
        ),
        LeftFound::Rewritten { agrees_to, first } => {
            rewritten(*size, *agrees_to, *first, is_by_log)
        }
    };
    let mut lines = vec![LocalText::new(
        format!("留存的检查点 {name}（{size}条）：{zh}"),
        format!("checkpoint {name}, {size} entries: {en}"),
    )];
    lines.extend(left_signature(signature));
    lines
}

fn rewritten(size: u64, agrees_to: u64, first: Option<u64>, is_by_log: bool) -> (String, String) {
    let mut zh = format!("封存日志的前{size}条不是它当时的{size}条：日志被改写");
    let mut en = format!(
        "the first {size} entries of the log are NOT the ones that it was made over: the log was rewritten"
    );
    if agrees_to > 0 {
        zh += &format!("，改写处在第{agrees_to}条之后");
        en += &format!(", behind the first {agrees_to}");
    }
    if let Some(first) = first {
        zh += &format!("；最先不同的是第{first}号条目（从0数起）");
        en += &format!("; the first that differs is entry {first}, counted from 0");
    }
    if is_by_log {
        zh += "。两者由同一密钥签名：持有密钥者写了两份历史";
        en += ". The same key signed both: whoever holds it wrote two histories";
    }
    (zh, en)
}

fn left_signature(signature: &LeftSignature) -> Option<LocalText> {
    let text = match signature {
        LeftSignature::Log => return None,
        LeftSignature::None => LocalText::new(
            "  它没有签名（如由纸面抄录），其可信程度取决于保管者",
            "  it came without a signature, as from paper, and is worth what its keeper is",
        ),
        LeftSignature::Given => {
            LocalText::new("  它由您给出的公钥签名", "  it is signed by a key that you gave")
        }
        LeftSignature::Replaced(entry) => LocalText::new(
            format!("  它由第{entry}号条目已更换的旧密钥签名，该密钥无权再签"),
            format!(
                "  it is signed by a key that entry {entry} replaced and that may not sign any more"
            ),
        ),
        LeftSignature::Unknown => LocalText::new(
            "  它不是由本日志的密钥签名的",
            "  it is not signed by a key of this log",
        ),
        LeftSignature::Forged => LocalText::new(
            "  它的签名与文本不符：检查点在签名之后被改动",
            "  its signature does not fit the text: the checkpoint was altered after it was signed",
        ),
    };
    Some(text)
}

fn anchor(verdict: &AnchorVerdict) -> LocalText {
    let AnchorVerdict { size, method, by, at, .. } = verdict;
    let who = anchor_line(*method, by);
    let (zh, en) = match &verdict.found {
        AnchorFound::Signed { at, is_known } => {
            let at = second(*at);
            let (zh, en) = match is_known {
                true => ("，其公钥与您给出的一致", ", with the key you gave"),
                false => (
                    "，其公钥取自日志，请与见证方核对，或用 --key 给出",
                    "; its key is from the log: compare it with the witness's, or give it with --key",
                ),
            };
            (format!("于 {at} 签名{zh}"), format!("signed at {at}{en}"))
        }
        AnchorFound::Stamped { at, digest, path } => {
            let check = format!(
                "openssl ts -verify -digest {} -in {path} -CAfile authority.pem",
                digest.hex()
            );
            (
                format!("于 {at} 盖章；机构的签名另行核验：{check}"),
                format!("stamped at {at}; check the authority's signature with {check}"),
            )
        }
        AnchorFound::Said => (
            format!("记于 {at}；以 --against 与之比对"),
            format!("noted at {at}; hold the log against it with --against"),
        ),
        AnchorFound::OtherRoot => (
            "所记的根不是本日志的：条目出自另一份历史".to_owned(),
            "the root noted is not that of this log: the entry is of another history".to_owned(),
        ),
        AnchorFound::Missing(path) => (format!("{path} 缺失"), format!("`{path}` is MISSING")),
        AnchorFound::Altered(path) => {
            (format!("{path} 已改动"), format!("`{path}` was ALTERED since it was accepted"))
        }
    };
    LocalText::new(
        format!("  锚定：前{size}条，{}，{zh}", who.zh),
        format!("  anchor: the first {size} entries, {}, {en}", who.en),
    )
}

/// Who has what was left, in words.
fn anchor_line(method: AnchorMethod, by: &str) -> LocalText {
    let name = VerifierKey::parse(by).map_or_else(|_| by.to_owned(), |key| key.name().to_owned());
    match method {
        AnchorMethod::Witness => {
            LocalText::new(format!("见证方 {name}"), format!("witness {name}"))
        }
        AnchorMethod::Rfc3161 => {
            LocalText::new(format!("时间戳机构 {name}"), format!("time-stamp authority {name}"))
        }
        AnchorMethod::Paper => {
            LocalText::new(format!("纸面，保管者 {name}"), format!("paper kept by {name}"))
        }
        AnchorMethod::Worm => LocalText::new(format!("副本 {name}"), format!("copy in {name}")),
    }
}

/// One anchor of a list.
pub fn anchor_text(anchor: &Anchor<'_>) -> LocalText {
    let who = anchor_line(anchor.method, anchor.by);
    let (at, size) = (anchor.at, anchor.head.size);
    let file = anchor.proof.map_or_else(String::new, |proof| format!("  {}", proof.path));
    LocalText::new(
        format!("{at}  前{size}条  {}{file}", who.zh),
        format!("{at}  first {size} entries  {}{file}", who.en),
    )
}

fn complete(trust: &TrustVerdicts) -> Vec<LocalText> {
    let (shown, last) = (trust.shown_to(), trust.last_anchor());
    let mut lines = Vec::new();
    if let Some(size) = shown {
        let since = trust.size.saturating_sub(size);
        lines.push(LocalText::new(
            format!("完整性：前{size}条与他处留存的一致，未被截去或改写；其后{since}条尚无锚定"),
            format!(
                "complete: the first {size} entries are those that others have; {since} entries since then have no anchor"
            ),
        ));
    }
    if let Some(last) = last.filter(|last| shown.is_none_or(|shown| shown < last.size)) {
        let (size, since) = (last.size, trust.size.saturating_sub(last.size));
        let who = anchor_line(last.method, &last.by);
        lines.push(LocalText::new(
            format!(
                "外部锚定：自上次锚定（{}，{}）起，前{size}条应当完整，其后{since}条尚无锚定；与对方所存比对之前（--key、--against、openssl ts），这只是日志自己的说法",
                who.zh, last.at
            ),
            format!(
                "anchored: the first {size} entries should be complete since the last anchor ({}, {}), {since} since then have none; that is the log's own word until it is held against theirs (--key, --against, openssl ts)",
                who.en, last.at
            ),
        ));
    }
    if lines.is_empty() {
        lines.push(LocalText::new(
            "外部锚定：无；日志是否被整体重写，无从判断（除非以 --against 比对）",
            "anchored: nowhere; whether the log was rewritten as a whole cannot be told, unless held --against a checkpoint kept elsewhere",
        ));
    }
    lines
}

fn reservation(trust: &TrustVerdicts) -> LocalText {
    let (zh, en) = match trust.shown_to().is_some() {
        true => (
            "最后一次锚定或检查点之后的条目有无被持有密钥者重写",
            "whether who holds the key rewrote what stands behind the last anchor or checkpoint",
        ),
        false => {
            ("持有密钥者有无重写整个日志", "whether who holds the key wrote the whole log anew")
        }
    };
    LocalText::new(
        format!("以上不能证明：接收之前有无遗漏；{zh}"),
        format!(
            "what this does not show: whether something was left out before it came in, and {en}"
        ),
    )
}

fn second(at: u64) -> String {
    let time = i64::try_from(at).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
    time.map_or_else(|| at.to_string(), |time| time.to_string())
}

/// Why nothing was anchored, with the way out.
pub fn anchor_error_text(error: &AnchorError) -> LocalText {
    let en = error.to_string();
    let (zh, way) = match error {
        AnchorError::Lake(error) => return lake_text(error),
        AnchorError::OtherLog(other) => (
            format!("检查点属于另一日志 {other}：给错了文件，或日志湖被替换"),
            ": the wrong file, or the lake was replaced",
        ),
        AnchorError::Rewritten { size } => (
            format!("封存日志的前{size}条不是该检查点的：两者之一被改写；请保留两者，并用 verify --against 查明"),
            "; keep both, and see `sancha verify --against`",
        ),
        AnchorError::Cut { size, have } => (
            format!("检查点有{size}条，封存日志只有{have}条：日志尾部被截去；请保留检查点，并从备份恢复"),
            "; keep the checkpoint and restore the lake from a backup",
        ),
        AnchorError::Checkpoint(error) => (
            format!("检查点无法使用：{error}；请让对方重新给出"),
            "; ask for it again",
        ),
        AnchorError::NoWitness => (
            "检查点上没有已知见证方的签名；请用 --witness 给出见证方的公钥（对方运行 sancha witness show）".to_owned(),
            " with --witness (they see it with `sancha witness show`)",
        ),
        AnchorError::Stamp(error) => (
            format!("时间戳无法使用：{error}；请重新申请"),
            "; ask again with `sancha anchor timestamp request`",
        ),
        AnchorError::NotAsked => (
            "此时间戳不是对本日志湖任何申请的答复；请核对文件".to_owned(),
            "; check which file it is",
        ),
        AnchorError::Nonce => (
            "此时间戳答复的是另一次申请（随机数不符）；请用当次的申请文件重新取得".to_owned(),
            "; fetch the answer to the request that was written",
        ),
        AnchorError::CopyDiffers { path } => (
            format!("副本中的 {path} 与日志不同，未覆盖：日志被改写，或上次复制中断；请用 verify --against 查明"),
            ", and was not overwritten: the log was rewritten, or an earlier copy was cut short; see `sancha verify --against`",
        ),
        AnchorError::Copy(error) => {
            return LocalText::new(format!("复制失败：{error}"), format!("failed to copy: {error}"));
        }
    };
    LocalText::new(zh, format!("{en}{way}"))
}
