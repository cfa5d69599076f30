//! Pages for paper: a checkpoint to be kept by somebody else, and the backup of a secret key. Both languages,
//! nothing fetched, nothing run.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};
use sancha_seal::{Checkpoint, VerifierKey, paper};

const HEAD: &str = r#"<!doctype html>
<html lang="zh"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body{margin:0 auto;max-width:760px;padding:32px 24px;color:#1c2530;background:#fff;font:15px/1.6 "Noto Sans CJK SC","PingFang SC","Microsoft YaHei",Arial,sans-serif;overflow-wrap:anywhere}
h1{font-size:23px;margin:0 0 4px}h1.secret{color:#a01818;border:3px solid #a01818;padding:6px 12px}
small{display:block;color:#5a6673;font-size:.86em}
pre{font:15px/1.7 "Noto Sans Mono CJK SC",Consolas,Menlo,monospace;white-space:pre-wrap;border:1px solid #8a95a1;padding:8px 12px;margin:10px 0}
svg{width:62mm;height:62mm;display:block;margin:12px 0}
li{margin:6px 0}td{padding:2px 18px 2px 0;vertical-align:top}
p.line{margin-top:28px;border-top:1px solid #1c2530;padding-top:6px}
@media print{body{padding:0}}
</style></head><body>
"#;

/// The page of a checkpoint: to be typed or scanned back, `note` with its signature and the public key.
pub fn checkpoint_sheet(
    checkpoint: &Checkpoint,
    note: &str,
    key: &VerifierKey,
    at: &str,
) -> String {
    let mut page = HEAD.replace("{title}", "检查点 / Checkpoint");
    page += "<h1>日志湖的检查点<small>Checkpoint of a lake</small></h1>\n";
    page += "<p>这是封存日志在此刻的大小和根。保管它的人应与日志湖的管理者不是同一人。日后核对：把下面六行照抄进一个文本文件，运行 <code>sancha verify --lake 文件夹 --against 文本文件</code>；日志此前的内容若被改写或截去，即被发现。\n";
    page += "<small>Size and root of the sealed log at this moment. Whoever keeps it should not be the one who runs the lake. To check later: type the six lines below into a text file and run <code>sancha verify --lake FOLDER --against FILE</code>; it tells whether what was there until now was rewritten or cut.</small></p>\n";
    let _ = writeln!(page, "<p>打印于 {}<small>printed</small></p>", escaped(at));
    let _ = writeln!(page, "<pre id=\"typed\">{}</pre>", escaped(&paper::to_typed(checkpoint)));
    page += "<p>每行末尾的两位是校验码，抄错会指出行号。<small>The two digits at the end of a row are its check: a slip is told with its line.</small></p>\n";
    page += &qr(note).unwrap_or_default();
    page += "<p>二维码的内容是带签名的检查点，与此相同：<small>The code holds the signed checkpoint, which is this text:</small></p>\n";
    let _ = writeln!(page, "<pre id=\"note\">{}</pre>", escaped(note));
    page += "<p>签名公钥（可公开）：<small>The public key that signs (no secret):</small></p>\n";
    let _ = writeln!(page, "<pre id=\"key\">{}</pre>", escaped(&key.to_string()));
    page += "<p class=\"line\">保管者、日期、签字：<small>Kept by, date, signature:</small></p>\n</body></html>\n";
    page
}

/// What to do with the secret key, in both languages: heading, then one instruction after the other.
const SECRET_TITLE: (&str, &str) = ("签名密钥的备份：机密", "Backup of a signing key: SECRET");
const SECRET_STEPS: &[(&str, &str)] = &[
    (
        "下面以 PRIVATE 开头的一行就是密钥本身。拿到它的人可以冒充本单位签名，改写日志的历史。",
        "The line below that begins with PRIVATE is the key itself. Whoever has it can sign in your name and write another history of the logs.",
    ),
    (
        "放在日志湖以外的地方：打印后封入信封锁进柜子，或存在另一台不联网的电脑、U盘上。不要发邮件，不要放进网盘或聊天。",
        "Keep it away from the lake: printed, in a sealed envelope, locked up; or on another machine or a stick without a network. Never by mail, in a shared drive or a chat.",
    ),
    (
        "恢复：把这一行（照抄亦可）存成文本文件，运行 sancha key restore 文件。抄错一个字符也会被发现，不会用错。",
        "To restore: put the line (typed by hand is fine) into a text file and run sancha key restore FILE. A wrong character is noticed; nothing is used that is not this key.",
    ),
    (
        "密钥丢失：已留存的日志仍可查询、校验，但不能再接收；请新建日志湖继续。",
        "If the key is lost: what is kept can be read and verified for ever, nothing can be added; go on in a new lake.",
    ),
    (
        "怀疑泄露，或保管的人离职：运行 sancha key rotate 换新密钥，再做一次备份，并把此件销毁。",
        "If it may have leaked, or its keeper leaves: run sancha key rotate, back up the new key, and destroy this.",
    ),
    (
        "更换密钥之后，此件即无用，应销毁。",
        "After a rotation this backup is of no use and should be destroyed.",
    ),
];

/// The backup of a secret key as a text.
pub fn secret_page(secret: &str, key: &VerifierKey, at: &str) -> String {
    let (zh, en) = SECRET_TITLE;
    let mut page = format!("{zh}\n{en}\n\n{at}\n\n");
    for (number, (zh, en)) in (1..).zip(SECRET_STEPS) {
        let _ = writeln!(page, "{number}. {zh}\n   {en}\n");
    }
    let _ = writeln!(page, "公钥（可公开）/ public key (no secret):\n\n{key}\n");
    let _ = writeln!(page, "密钥（机密）/ secret key (SECRET):\n\n{secret}");
    page
}

/// The backup of a secret key as a page to print.
pub fn secret_sheet(secret: &str, key: &VerifierKey, at: &str) -> String {
    let (zh, en) = SECRET_TITLE;
    let mut page = HEAD.replace("{title}", &format!("{zh} / {en}"));
    let _ =
        writeln!(page, "<h1 class=\"secret\">{zh}<small>{en}</small></h1>\n<p>{}</p>", escaped(at));
    page += "<ol>\n";
    for (zh, en) in SECRET_STEPS {
        let _ = writeln!(page, "<li>{zh}<small>{en}</small></li>");
    }
    page += "</ol>\n<p>公钥（可公开）<small>public key (no secret)</small></p>\n";
    let _ = writeln!(page, "<pre>{}</pre>", escaped(&key.to_string()));
    page += "<p>密钥（机密）<small>secret key (SECRET)</small></p>\n";
    let _ = writeln!(page, "<pre id=\"secret\">{}</pre>", escaped(secret));
    page += &qr(secret).unwrap_or_default();
    page += "<p class=\"line\">保管者、日期、签字：<small>Kept by, date, signature:</small></p>\n</body></html>\n";
    page
}

/// A code of `text` as vector graphics; `None` when it is longer than a code holds.
fn qr(text: &str) -> Option<String> {
    let code = QrCode::new(text).ok()?;
    let (width, quiet) = (code.width(), 4);
    let mut path = String::new();
    for (row, colors) in code.to_colors().chunks(width).enumerate() {
        for (column, color) in colors.iter().enumerate() {
            if *color == Color::Dark {
                let _ = write!(path, "M{} {}h1v1h-1z", column + quiet, row + quiet);
            }
        }
    }
    let side = width + 2 * quiet;
    Some(format!(
        "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" role=\"img\" aria-label=\"QR\"><rect width=\"{side}\" height=\"{side}\" fill=\"#fff\"/><path fill=\"#000\" d=\"{path}\"/></svg>\n"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use sancha_seal::{Algorithm, KeyKind, SigningKey, TreeHead};

    use super::*;

    #[test]
    fn what_is_typed_from_the_page_is_the_checkpoint() {
        let key = SigningKey::from_seed("lake", KeyKind::Log, &[1; 32]).unwrap();
        let head = TreeHead { size: 7, root: Algorithm::Sha256.hash(&[b"x"]) };
        let checkpoint = Checkpoint::new("lake", head);
        let note = String::from_utf8(checkpoint.sign(&key).unwrap().to_bytes()).unwrap();
        let page = checkpoint_sheet(&checkpoint, &note, key.verifier(), "now");
        for id in ["typed", "note"] {
            let (_, text) = page.split_once(&format!("id=\"{id}\">")).unwrap();
            let (text, _) = text.split_once("</pre>").unwrap();
            assert_eq!(paper::read(text.as_bytes()).unwrap().checkpoint, checkpoint, "{id}");
        }
        assert!(page.contains("<svg") && page.contains(&key.verifier().to_string()));
        assert!(!page.contains("PRIVATE"));
    }

    #[test]
    fn a_backup_says_that_it_is_secret() {
        let key = SigningKey::from_seed("l<k>", KeyKind::Log, &[1; 32]).unwrap();
        let secret = key.to_secret_text();
        let sheet = secret_sheet(&secret, key.verifier(), "now");
        let page = secret_page(&secret, key.verifier(), "now");
        for text in [&sheet, &page] {
            assert!(text.contains("机密") && text.contains("SECRET"));
        }
        assert!(page.lines().any(|line| line == secret));
        assert!(!sheet.contains("l<k>") && sheet.contains("<svg"));
    }
}
