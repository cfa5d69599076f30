//! What the program itself says; problems and reservations come from `sancha_seal::evidence::texts`.

use sancha_model::Text;

macro_rules! texts {
    ($($name:ident = $key:literal, $zh:literal, $en:literal;)+) => {
        $(pub(crate) const $name: Text = Text::new($key, $zh, $en);)+
        #[cfg(test)]
        const ALL: &[&Text] = &[$(&$name),+];
    };
}

texts! {
    HELP = "verify.help", "sancha-verify：离线核验证据包\n\n用法：sancha-verify 证据包.zip（或解开后的文件夹） [选项]\n\n  --key 公钥或文件   从别处得到的公钥（可多次）；不给时用包内的公钥，并会注明\n  --lang zh|en      语言（默认按系统语言，否则中文）\n  -h, --help        本说明\n  -V, --version     版本\n\n退出码：0 通过；2 用法有误或文件读不到；4 核验不通过。", "sancha-verify: verifies an evidence pack offline\n\nusage: sancha-verify pack.zip (or the unpacked folder) [options]\n\n  --key KEY|FILE    a public key that you have from elsewhere (repeatable); without one, the keys in\n                    the pack are taken, and the verdict says so\n  --lang zh|en      language (default: the locale, else Chinese)\n  -h, --help        this text\n  -V, --version     version\n\nexit codes: 0 verified; 2 usage, or the file cannot be read; 4 not verified.";
    SEE_HELP = "verify.see_help", "用法见 sancha-verify --help", "see sancha-verify --help";
    NO_PATH = "verify.no_path", "请给出证据包（zip 或文件夹）", "name a pack (a zip or a folder)";
    ONE_PATH = "verify.one_path", "一次只核验一个证据包", "one pack at a time";
    NO_OPTION = "verify.no_option", "没有选项 {name}", "there is no option {name}";
    NO_VALUE = "verify.no_value", "{name} 之后应有值", "{name} takes a value";
    NO_LANG = "verify.no_lang", "--lang 只能是 zh 或 en", "--lang is zh or en";
    NOT_READ = "verify.not_read", "无法读取 {path}：{why}", "failed to read {path}: {why}";
    NO_KEY = "verify.no_key", "{key} 不是公钥，也不是公钥文件：{why}", "{key} is neither a public key nor a file of keys: {why}";
    NAME_TWICE = "verify.name_twice", "压缩包中有同名文件", "the zip has a name twice";
    TOO_MANY = "verify.too_many", "文件过多或文件名过长，不是证据包", "more files or longer names than a pack has";
    NO_FILE = "verify.no_file", "不是普通文件（链接、加密或不支持的压缩方式）", "not a plain file (a link, encrypted, or packed in a way that is not read)";
    UNREADABLE = "verify.unreadable", "无法读取：{why}", "cannot be read: {why}";
    HEAD = "verify.head", "所求记录 {asked} 行，邻行 {neighbours} 行，共 {blocks} 个块", "{asked} lines asked for, {neighbours} neighbours, {blocks} blocks";
    HEAD_UNSEALED = "verify.head_unsealed", "记录 {count} 行", "{count} lines";
    SEALED = "verify.sealed", "封存于日志", "sealed in a log";
    NOT_SEALED = "verify.not_sealed", "未封存于日志：没有可核验的证明，行是否被改动无从判断", "not sealed in a log: there is no proof to check, and whether a line was altered cannot be told";
    INTACT = "verify.intact", "包内文件完整", "files as packed";
    UNCHANGED = "verify.unchanged", "记录自封存未变", "lines unchanged since sealed";
    IN_LOG = "verify.in_log", "条目在封存日志中", "entries in the sealed log";
    SIGNED = "verify.signed", "检查点签名", "checkpoint signed";
    ANCHORED = "verify.anchored", "外部锚定", "anchored outside";
    PAGE = "verify.page", "说明页与记录一致", "page agrees with records";
    HOLDS = "verify.holds", "成立", "yes";
    BROKEN = "verify.broken", "不成立", "NO";
    NOT_CHECKED = "verify.not_checked", "未核验", "not checked";
    PAGE_OTHER = "verify.page_other", "由其他版本写出，未比对；以其他文件为准", "written by another version and not compared; the other files count";
    LOG_IS = "verify.log_is", "{origin}，{size} 条，根 {root}", "{origin}, {size} entries, root {root}";
    KEY_IS = "verify.key_is", "{name}，公钥指纹 {fingerprint}", "{name}, key fingerprint {fingerprint}";
    KEY_KNOWN = "verify.key_known", "与您提供的公钥一致", "the key you gave";
    KEY_FOLLOWED = "verify.key_followed", "由您提供的公钥经 {count} 次换钥而来，每次都由前一密钥签名", "the key you gave led to it through {count} rotations, each signed by the key before";
    KEY_FROM_PACK = "verify.key_from_pack", "公钥取自包内，请与从别处得到的核对，或用 --key 给出", "the key is from the pack: compare it with one from elsewhere, or give that with --key";
    WITNESS_AT = "verify.witness_at", "见证方 {by} 于 {at} 签名", "witness {by} signed at {at}";
    STAMPED_AT = "verify.stamped_at", "时间戳 {by}：{at}，所盖为本检查点；时间戳机构的签名另行核验：openssl ts -verify -digest {digest} -in {by} -CAfile 机构证书.pem", "time stamp {by}: {at}, of this checkpoint; check the authority's signature with openssl ts -verify -digest {digest} -in {by} -CAfile authority.pem";
    ANCHOR_FILE = "verify.anchor_file", "{by}：附带的锚定文件，本程序不核验其内容", "{by}: a file for an anchor, which this program does not look into";
    NO_ANCHOR = "verify.no_anchor", "无：封存日志是否被整体重写，无从判断", "none: whether the log was rewritten as a whole cannot be told";
    PROBLEMS = "verify.problems", "问题 {count} 处：", "{count} problems:";
    MORE = "verify.more", "……另有 {count} 处", "… and {count} more";
    SHOWS_NOT = "verify.shows_not", "局限：", "Limits:";
    PASSED = "verify.passed", "结论：通过", "result: verified";
    PASSED_UNSEALED = "verify.passed_unsealed", "结论：包内文件与打包时一致；未封存于日志", "result: files as packed; NOT sealed in a log";
    FAILED = "verify.failed", "结论：不通过", "result: NOT verified";
}

#[cfg(test)]
mod tests {
    use super::ALL;

    #[test]
    fn texts_have_both_languages_and_the_same_places_for_values() {
        let places = |text: &str| {
            let places = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
            let mut places: Vec<_> = places.map(|(name, _)| name.to_owned()).collect();
            places.sort();
            places
        };
        for text in ALL {
            assert!(!text.zh.is_empty() && !text.en.is_empty(), "{}", text.key);
            assert_eq!(places(text.zh), places(text.en), "{}", text.key);
        }
    }
}
