//! What a verifier and the page of a pack say.

use sancha_model::{LocalText, Text, visible};

use crate::proof::Mismatch;

macro_rules! texts {
    ($($name:ident = $key:literal, $zh:literal, $en:literal;)+) => {
        $(pub const $name: Text = Text::new($key, $zh, $en);)+
        pub const ALL: &[&Text] = &[$(&$name),+];
    };
}

texts! {
    FILE_MISSING = "evidence.file.missing", "文件缺失", "the file is missing";
    FILE_TWICE = "evidence.file.twice", "文件名出现两次", "the name occurs twice";
    FILE_STRANGE = "evidence.file.strange", "此文件不属于证据包", "the file does not belong in a pack";
    FILE_NOT_BAGIT = "evidence.file.not_bagit", "文件头不是 BagIt 1.0", "this does not declare BagIt 1.0";
    FILE_CHANGED = "evidence.file.changed", "内容与清单中的摘要不符：文件在打包之后被改动", "the content does not have the digest in the manifest: the file changed after it was packed";
    FILE_NOT_LISTED = "evidence.file.not_listed", "清单中没有此文件", "the manifest does not list the file";
    FILE_LISTED_MISSING = "evidence.file.listed_missing", "清单列出的 {name} 不在包内", "{name} is listed and not in the pack";
    MANIFEST_CUT = "evidence.manifest.cut", "清单为空或结尾不完整", "the manifest is empty or cut off";
    MANIFEST_LINE = "evidence.manifest.line", "清单的这一行无法识别，或次序不对", "the line of the manifest cannot be read, or is out of order";
    CHECKPOINT_MALFORMED = "evidence.checkpoint.malformed", "检查点无法识别", "the checkpoint cannot be read";
    KEY_MALFORMED = "evidence.key.malformed", "这一行不是公钥", "the line is no public key";
    SIGNATURE_BROKEN = "evidence.signature.broken", "检查点的签名不成立：{why}", "the signature of the checkpoint does not hold: {why}";
    SIGNED_BY_OTHER = "evidence.signature.other", "检查点不是由您提供的公钥签名的", "the checkpoint is not signed by the key you gave";
    SIGNED_BY_REPLACED = "evidence.signature.replaced", "检查点由已更换的旧密钥签名：第 {entry} 号日志条目起，该密钥无权再签", "the checkpoint is signed by a key that entry {entry} of the log replaced: it may not sign any more";
    STAMP_OF_OTHER = "evidence.stamp.other", "此时间戳所盖的不是本检查点", "the time stamp is not of this checkpoint";
    STAMP_MALFORMED = "evidence.stamp.malformed", "不是对 SHA-256 摘要的 RFC 3161 时间戳", "this is no time stamp of RFC 3161 over a SHA-256 digest";
    PROOFS_MALFORMED = "evidence.proofs.malformed", "证明文件无法识别，或不是规定的写法", "the proofs cannot be read, or are not in their one spelling";
    ENTRY_NOT_IN_LOG = "evidence.entry.not_in_log", "第 {index} 号日志条目不在该检查点的封存日志中：条目、证明或检查点被改动", "entry {index} is not in the log of this checkpoint: the entry, its proof or the checkpoint changed";
    ENTRY_MALFORMED = "evidence.entry.malformed", "第 {index} 号日志条目无法识别：{why}", "entry {index} cannot be read: {why}";
    RECORD_MALFORMED = "evidence.record.malformed", "这一行无法识别，或不是规定的写法", "the line cannot be read, or is not in its one spelling";
    RECORD_WITHOUT_BLOCK = "evidence.record.without_block", "这一行不属于任何有证明的块，或次序不对", "the line belongs to no proven block, or is out of order";
    BLOCK_WITHOUT_ROWS = "evidence.block.without_rows", "第 {block} 块的行缺失", "the lines of block {block} are missing";
    PART_NOT_IN_ENTRY = "evidence.part.not_in_entry", "所称的日志条目没有封存分段 {part}", "the entry named does not seal {part}";
    HEADER_MALFORMED = "evidence.header.malformed", "分段 {part} 的页头无法识别", "the header of a page of {part} cannot be read";
    PROOF_MISSING = "evidence.proof.missing", "缺少 SHA-256 证明，或证明的次序不对", "there is no SHA-256 proof, or the proofs are out of order";
    PROOF_SHAPE = "evidence.proof.shape", "这些行的 {digest} 证明与分段的大小不符：{why}", "the {digest} proof of these lines does not have the shape of their part: {why}";
    ROWS_CHANGED = "evidence.rows.changed", "这些行通不到封存的 {digest} 根：其中的行或其证明被改动", "these lines do not lead to the sealed {digest} root: one of them or their proof changed";
    ROW_OUTSIDE = "evidence.row.outside", "页中没有这一行", "the page has no such row";
    ROW_NUMBER = "evidence.row.number", "行在分段中的序号不对", "the number of the row in its part is wrong";
    ROW_SOURCE = "evidence.row.source", "日志来源与封存的不符", "the source is not the one sealed";
    ROW_LINE = "evidence.row.line", "数据流或行号与封存的不符", "the stream or the line number is not the one sealed";
    ROW_OFFSET = "evidence.row.offset", "字节位置与封存的不符", "the offset does not fit what was sealed";
    ROW_TIME = "evidence.row.time", "时间的写法不对，或不在该分段的起止时间之内", "the time is not written as it should be, or lies outside that of its part";
    SOURCE_MALFORMED = "evidence.source.malformed", "这一行无法识别，或不是规定的写法", "the line cannot be read, or is not in its one spelling";
    SOURCE_ORDER = "evidence.source.order", "来源文件重复，或次序不对", "the file is named twice, or out of order";
    NO_SOURCE = "evidence.source.none", "来源文件清单中没有这一行所在的文件", "the file of the line is not among the sources";
    OUTSIDE_SOURCE = "evidence.source.outside", "所称的位置在来源文件之外", "the line lies outside of its file";
    RECORD_ORDER = "evidence.record.order", "行的次序不对，或与上一行重叠", "the line is out of order, or overlaps the one before";
    NO_LOG_FOR_KEY = "evidence.unsealed.key", "未封存于日志，您提供的公钥没有签过任何内容", "not sealed in a log: the key you gave signed nothing here";
    README_DIFFERS = "evidence.readme.differs", "说明页与包内其他文件不一致：可能被改动，也可能由其他版本写出；以其他文件为准", "the page for readers does not say what the other files say: it was changed, or another version wrote it; the other files count";
    SHAPE_PAGE = "evidence.shape.page", "页的行数不对", "the number of rows of the page";
    SHAPE_BLOCK = "evidence.shape.block", "块的行数不对", "the number of rows of the block";
    SHAPE_BLOCK_PATH = "evidence.shape.block_path", "由块到页的证明长度不对", "the length of the way from the block to the page";
    SHAPE_PAGE_PATH = "evidence.shape.page_path", "由页到分段的证明长度不对", "the length of the way from the page to the part";
    TITLE = "evidence.page.title", "日志证据包", "Evidence pack of log records";
    PAGE_LEAD = "evidence.page.lead", "本页供阅读。证明在包内其他文件中，用独立的小程序 sancha-verify 离线核验：<code>sancha-verify 证据包.zip</code>。", "This page is for reading. The proof is in the other files of the pack; the small program sancha-verify checks it offline: <code>sancha-verify pack.zip</code>.";
    PAGE_ABOUT = "evidence.page.about", "打包者的说明", "What the exporter says";
    INFO_ORGANIZATION = "evidence.info.organization", "单位", "Organization";
    INFO_NUMBER = "evidence.info.number", "编号", "Number";
    INFO_QUERY = "evidence.info.query", "所求", "What was asked for";
    INFO_DAY = "evidence.info.day", "打包日期", "Day of export";
    INFO_AGENT = "evidence.info.agent", "打包程序", "Program";
    INFO_AT = "evidence.info.at", "打包时间", "Time of export";
    INFO_VERSION = "evidence.info.version", "证据包格式版本", "Version of the format";
    PAGE_LOG = "evidence.page.log", "封存日志与检查点", "The sealed log and its checkpoint";
    PAGE_ORIGIN = "evidence.page.origin", "封存日志的名称", "Name of the log";
    PAGE_SIZE = "evidence.page.size", "条目数", "Entries";
    PAGE_ROOT = "evidence.page.root", "根（SHA-256）", "Root (SHA-256)";
    PAGE_KEYS = "evidence.page.keys", "公钥及其指纹：请与从别处得到的核对", "Public keys and fingerprints: compare them with those you have from elsewhere";
    PAGE_RECORDS = "evidence.page.records", "日志记录", "Records";
    PAGE_COUNTS = "evidence.page.counts", "所求记录 {asked} 行，邻行 {neighbours} 行（浅色）。邻行是证明所需：一个块至多 16 行，整块出示。", "{asked} lines were asked for; {neighbours} are neighbours (pale), which the proof needs: a block of up to 16 lines is shown whole.";
    PAGE_MORE = "evidence.page.more", "此处列出前 {shown} 行，其余 {more} 行见 data/records.jsonl。", "The first {shown} lines are listed; {more} more are in data/records.jsonl.";
    COLUMN_SOURCE = "evidence.column.source", "来源、行号", "Source, line";
    COLUMN_TIME = "evidence.column.time", "时间（由行内读出）", "Time (as read from the line)";
    COLUMN_LINE = "evidence.column.line", "原始行", "Line as recorded";
    AS_GB18030 = "evidence.line.gb18030", "按 GB 18030 显示", "shown as GB 18030";
    NOT_SEALED = "evidence.unsealed.lead", "这些行未封存于日志：本包只写明它们出自哪个文件的哪一行、文件的摘要是什么，并不证明它们没有被改动。", "These lines are not sealed in a log: the pack says of which file and line each is and what the digest of the file is; it does not prove that they are unaltered.";
    PAGE_SOURCES = "evidence.page.sources", "来源文件", "Files that the lines are from";
    PAGE_SOURCES_LEAD = "evidence.page.sources_lead", "字节数与摘要均指解压后的内容。持有原文件的人可以计算其 SHA-256 并与此核对。", "Bytes and digest are of the content as unpacked. Who has the file can compute its SHA-256 and compare.";
    PAGE_LINES = "evidence.page.lines", "{count} 行。", "{count} lines.";
    NOT_UNALTERED = "evidence.not.unaltered", "不说明行未被改动：改动者可以连同包内的摘要一起改写。要可证明，请先用 sancha ingest 收入日志湖，再对日志湖调查。", "Not that a line is unaltered: who alters it can write the digests in the pack anew as well. To have proof, take the logs in with sancha ingest and investigate the lake.";
    PAGE_SHOWS = "evidence.page.shows", "核验通过说明什么", "What it shows when it verifies";
    SHOWS_UNCHANGED = "evidence.shows.unchanged", "列出的行自封存以来一个字节也没有变，并且就是该来源、该数据流的这一行。", "The lines have not changed by a byte since they were sealed, and are these lines of this stream of this source.";
    SHOWS_LOG = "evidence.shows.log", "封存它们的条目在该检查点的封存日志中，检查点由上列公钥签名。", "The entry that sealed them is in the log of the checkpoint, which the key above signed.";
    SHOWS_ANCHOR = "evidence.shows.anchor", "如有见证方的签名或时间戳：封存日志在所写时刻已是如此，此后改写会与其不符。", "Where a witness or a time-stamp authority signed: the log was so at that time, and a later rewriting would not fit.";
    PAGE_SHOWS_NOT = "evidence.page.shows_not", "不说明什么", "What it does not show";
    NOT_COMPLETE = "evidence.not.complete", "不说明记录齐全：没有出示的行、没有送到本系统的日志，都不在内。", "Not that the records are complete: lines that are not shown and logs that never arrived are not in it.";
    NOT_BEFORE = "evidence.not.before", "不说明行在封存之前没有被改动，也不说明所记的内容属实。", "Not that a line was unaltered before it was sealed, nor that what it says is true.";
    NOT_REWRITTEN = "evidence.not.rewritten", "没有外部锚定时，不说明封存日志没有被持有同一私钥的人整体重写；公钥也要与从别处得到的核对。", "Without an anchor outside, not that the log was not rewritten as a whole by whoever holds its secret key; and the public key has to be compared with one from elsewhere.";
    NOT_EXPORTER = "evidence.not.exporter", "打包者的说明、哪些行是所求的、时间的读法，由打包者负责，不在证明之内。", "What the exporter says, which lines were asked for and how times were read are the exporter's word and not proven.";
    NOT_FORENSIC = "evidence.not.forensic", "本产品的核验不是电子数据鉴定。", "This is no forensic examination of electronic data.";
}

/// Data in a text: hidden characters escaped, cut to a length that a line of a terminal bears.
pub(super) fn shown(text: &str) -> LocalText {
    const LONGEST: usize = 200;
    let cut: String = text.chars().take(LONGEST).collect();
    LocalText::same(visible(&cut))
}

pub(super) fn mismatch(mismatch: Mismatch) -> &'static Text {
    match mismatch {
        Mismatch::Page => &SHAPE_PAGE,
        Mismatch::Block => &SHAPE_BLOCK,
        Mismatch::BlockPath => &SHAPE_BLOCK_PATH,
        Mismatch::PagePath => &SHAPE_PAGE_PATH,
    }
}
