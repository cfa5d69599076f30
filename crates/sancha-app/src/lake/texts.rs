//! What a lake's failures mean, and the way out.

use std::io;

use sancha_lake::{
    LakeError,
    disk::{DiskError, Operation, Trouble},
    query::{AddressFault, QueryError, SqlError},
    wal::WalError,
};
use sancha_model::{Lang, LocalText};
use sancha_seal::evidence::BuildError;

use super::retention::shown::size;

/// Of a page whose lines are not those that were sealed.
pub fn altered_text(path: &str, page: u64) -> LocalText {
    LocalText::new(
        format!(
            "{path} 第{page}页的行与封存的不同，不能作证；\
             请运行 sancha verify 查明范围，再从备份恢复此文件"
        ),
        format!(
            "the lines of page {page} of `{path}` are not those that were sealed, and prove \
             nothing; run `sancha verify` to see how far it goes, then restore the file from a \
             backup"
        ),
    )
}

/// Why lines that could be read do not make a pack of evidence.
pub fn pack_text(error: &BuildError) -> LocalText {
    let why = match error {
        BuildError::DoesNotVerify(verdicts) => {
            let first = verdicts.problems.first();
            let (file, what) = first.map(|problem| (&problem.file, &problem.what)).unzip();
            let file = file.map_or("", String::as_str);
            let what = |lang| what.map_or("", |what| what.get(lang));
            LocalText::new(
                format!("其证明不成立（{file}：{}）", what(Lang::Zh)),
                format!("the pack does not verify: {file}: {}", what(Lang::En)),
            )
        }
        BuildError::Row { .. }
        | BuildError::AnchorName(_)
        | BuildError::TooLarge
        | BuildError::Json(_) => LocalText::same(error.to_string()),
    };
    LocalText::new(
        format!("证据包未写出：{}；请用 sancha verify 检查日志湖，或重新运行", why.zh),
        format!(
            "no pack was written: {}; check the lake with `sancha verify`, or run again",
            why.en
        ),
    )
}

/// A failure of a lake for people.
pub fn lake_text(error: &LakeError) -> LocalText {
    match error {
        LakeError::Disk(error) | LakeError::Wal(WalError::Disk(error)) => disk_text(error),
        LakeError::Wal(error) => wal_text(error),
        LakeError::Read { path, source } => LocalText::new(
            format!("读不了 {path}：{source}；请运行 sancha verify 查明范围，再从备份恢复此文件"),
            format!(
                "cannot read `{path}`: {source}; run `sancha verify` to see how far it goes, then restore the file from a backup"
            ),
        ),
        LakeError::Broken { path, what } => LocalText::new(
            format!("{path} 已损坏（{what}）；请运行 sancha verify，再从备份恢复此文件"),
            format!(
                "`{path}` is damaged ({what}); run `sancha verify`, then restore the file from a backup"
            ),
        ),
        LakeError::Parquet { path, source } => LocalText::new(
            format!("{path} 已损坏，读不出：{source}；请运行 sancha verify，再从备份恢复此文件"),
            format!(
                "`{path}` is damaged and cannot be read: {source}; run `sancha verify`, then restore the file from a backup"
            ),
        ),
        LakeError::Unwritten { path, source } => LocalText::new(
            format!("写不了 {path}：{source}；原有的预写日志或分区仍在，请检查磁盘后重试"),
            format!(
                "cannot write `{path}`: {source}; the write-ahead log or the parts that it was to be made of are still there: check the disk and try again"
            ),
        ),
        LakeError::Line { path, row } => LocalText::new(
            format!("{path} 第{row}行记录拼不回原文，文件已损坏；请运行 sancha verify"),
            format!(
                "`{path}`: row {row} does not make a line, so the file is damaged; run `sancha verify`"
            ),
        ),
        LakeError::NotTheSame { path } => LocalText::new(
            format!(
                "{path} 写入后读回的内容不同，未采用；原有的预写日志或分区仍在，请检查磁盘后重试"
            ),
            format!(
                "`{path}` does not read back as written and was not used; the write-ahead log or the parts that it was made of are still there: check the disk and try again"
            ),
        ),
        LakeError::Retired { path } => LocalText::new(
            format!("{path} 已过留存期，读取期间由留存任务按规定删除，日志中有记录"),
            format!(
                "`{path}` was past its time and was deleted by the retention job while it was read; the log says so"
            ),
        ),
        LakeError::Rewritten { path } => LocalText::new(
            format!("{path} 在读取期间已合并改写并移除，内容都在新文件中；请重新运行"),
            format!(
                "`{path}` was rewritten and removed while it was read, and its lines are in a new file; run this again"
            ),
        ),
        LakeError::Seal { path, source } => LocalText::new(
            format!(
                "封存日志 {path} 有误：{source}；请运行 sancha verify，再从备份恢复 seal 文件夹"
            ),
            format!(
                "`{path}` of the log: {source}; run `sancha verify`, then restore the folder `seal` from a backup"
            ),
        ),
        LakeError::Busy => LocalText::new(
            "另一个进程正在写这个日志湖；请等它结束",
            "another process is writing to this lake; wait until it has ended",
        ),
        LakeError::NoRoom { free, needed } => {
            let (free, needed) = (size(*free), size(*needed));
            LocalText::new(
                format!(
                    "警报：磁盘空间不足，已停止接收。剩余{free}，继续接收需要{needed}。已确认接收的行都已封存；请扩容，或用 sancha retention apply 删除已过留存期的日志，再重新运行（留存期内的绝不删除；sancha retention forecast 说明还需多少）"
                ),
                format!(
                    "ALARM: the disk has no room, nothing more is accepted. {free} are free, {needed} are needed to go on. What was acknowledged is sealed; add space, or delete what is past its time with `sancha retention apply`, then run this again (nothing inside its time is ever deleted; `sancha retention forecast` says how much is needed)"
                ),
            )
        }
        LakeError::OtherKey { key, lake } => LocalText::new(
            format!("密钥是 {key}，而日志湖用的是 {lake}；请用 --keys 指定正确的文件夹"),
            format!("the key is {key}, the lake's is {lake}; name the right folder with --keys"),
        ),
    }
}

/// A failure of the write-ahead log.
pub fn wal_text(error: &WalError) -> LocalText {
    let zh = match error {
        WalError::Disk(error) => return disk_text(error),
        WalError::Damaged { path, from, until } => format!(
            "{path} 第{from}至{until}字节已损坏，此处是已接收的日志；请从来源重新取得，或从备份恢复"
        ),
        WalError::NotAWal { path } => {
            format!("{path} 不是预写文件，或其开头已损坏；请从备份恢复此文件")
        }
        WalError::Newer { path, version } => {
            format!("{path} 的版本是 {version}，由更新的程序写成；请改用那个程序")
        }
        WalError::Refused(refusal) => format!("预写日志未接收这些行：{refusal}"),
    };
    LocalText::new(zh, error.to_string())
}

fn disk_text(error: &DiskError) -> LocalText {
    let DiskError { path, operation, trouble, source } = error;
    let (zh, en) = match trouble {
        Trouble::OtherKey => return other_key_text(path, source),
        Trouble::Full => (
            "磁盘已满；请腾出空间后重试，已确认接收的行都在",
            "the disk is full; make room and try again, what was acknowledged is there",
        ),
        Trouble::ReadOnly => (
            "磁盘只读；请以可写方式挂载后重试",
            "the disk is read-only; mount it for writing and try again",
        ),
        Trouble::Denied => (
            "权限不足；请以拥有该文件夹的用户运行，对象存储则检查 AWS_ACCESS_KEY_ID 等凭据",
            "the rights do not suffice; run as the user who owns the folder, for a store check the credentials (AWS_ACCESS_KEY_ID …)",
        ),
        Trouble::Missing => (
            "文件不存在；请运行 sancha verify，再从备份恢复",
            "the file is missing; run `sancha verify`, then restore it from a backup",
        ),
        Trouble::Exists => ("文件已存在", "the file is there already"),
        Trouble::Device => (
            "磁盘报告硬件错误；请先备份，再检查磁盘",
            "the disk reports an error of its own; back up first, then check the disk",
        ),
        Trouble::Unreachable => (
            "对象存储无应答或应答有误，已重试；已确认接收的行都在本机的预写日志中，待存储恢复后重新运行即可",
            "the object store does not answer, or not as it should, and was asked again; what was acknowledged is in the write-ahead log on this machine: run it again when the store works",
        ),
        Trouble::Changed => (
            "另一台机器同时写了这个日志湖，本次未写入；已确认接收的行都在本机的预写日志中，请重新运行",
            "another machine wrote to this lake at the same time, and this one did not; what was acknowledged is in the write-ahead log on this machine: run it again",
        ),
        Trouble::NoKey | Trouble::LostKey => (
            "这是加密所用的当月密钥；请从备份放回，或用 --keys 指定密钥文件夹",
            "it is the key of the month that is encrypted; put it back from its backup, or name the folder of keys with --keys",
        ),
        Trouble::Damaged => (
            "加密内容与写入时不符；请运行 sancha verify，再从备份恢复此文件",
            "what is encrypted is not what was written; run `sancha verify`, then restore the file from a backup",
        ),
        Trouble::Other => ("", ""),
    };
    let verb = match operation {
        Operation::Read | Operation::List | Operation::FreeSpace => "读取",
        Operation::Create | Operation::Append | Operation::Cut => "写入",
        Operation::Sync | Operation::SyncFolder => "落盘",
        Operation::Remove => "删除",
        Operation::Rename => "改名",
        Operation::Lock => "锁定",
    };
    LocalText::new(
        format!("{verb} {path} 失败（{source}）。{zh}"),
        format!("failed to {operation} `{path}` ({source}). {en}"),
    )
}

/// Of a file in the place of a month's key that does not open what is encrypted of the month.
fn other_key_text(path: &str, why: &io::Error) -> LocalText {
    LocalText::new(
        format!(
            "{path} 打不开当月加密的内容（{why}）：它不是加密时用的那把密钥。请把它另存（不要删除，别的文件可能要用），再从备份放回原来的密钥，或用 --keys 指定密钥文件夹"
        ),
        format!(
            "`{path}` does not open what is encrypted of that month ({why}): it is not the key that it was encrypted with. Set it aside (do not delete it, other files may need it) and put the right one back from its backup, or name the folder of keys with --keys"
        ),
    )
}

/// How values are written, behind one that is not understood.
const VALUES_ZH: &str = "；地址写成 203.0.113.9、203.0.113.0/24 或 203.0.113.1..203.0.113.9，数字写成 404、4xx、500..599、>1000，outcome 为 success 或 failure";
const VALUES_EN: &str = "; addresses are written 203.0.113.9, 203.0.113.0/24 or 203.0.113.1..203.0.113.9, numbers 404, 4xx, 500..599, >1000, an outcome is success or failure";

/// What of a question is not understood.
pub fn query_text(error: &QueryError) -> LocalText {
    let zh = match error {
        QueryError::UnknownField { at, name } => {
            format!(
                "查询第{at}个字符：没有字段“{name}”；常用字段：ip src dst user host path query status method agent action outcome source"
            )
        }
        QueryError::BadValue { at, text } => {
            format!("查询第{at}个字符：“{text}”不是此字段的值{VALUES_ZH}")
        }
        QueryError::BadRegex { at, text } => {
            format!("查询第{at}个字符：/{text}/ 不是可用的正则表达式；如要按原文查找，请加引号")
        }
        QueryError::OpenQuote { at } => format!("查询第{at}个字符：引号没有结束"),
        QueryError::Parentheses { at } => format!("查询第{at}个字符：括号不成对"),
        QueryError::SourceInside { at } => {
            format!("查询第{at}个字符：source: 只能写一次，并与其他条件并列，不能放在 OR 里")
        }
        QueryError::SourceNegated { at } => {
            format!(
                "查询第{at}个字符：source: 不能放在 NOT 或 - 之后；请写明要查的来源，* 代表名称的任一部分"
            )
        }
        QueryError::Missing { at } => format!("查询第{at}个字符：这里缺少内容"),
    };
    let en = match error {
        QueryError::UnknownField { .. } => format!(
            "{error}; common fields: ip src dst user host path query status method agent action outcome source"
        ),
        QueryError::BadValue { .. } => format!("{error}{VALUES_EN}"),
        QueryError::BadRegex { .. } => format!("{error}; to look for the text itself, quote it"),
        _ => error.to_string(),
    };
    LocalText::new(zh, en)
}

/// Why a question in SQL has no answer.
pub fn sql_text(error: &SqlError) -> LocalText {
    match error {
        SqlError::Engine(words) => LocalText::new(
            format!("这条 SQL 无法回答：{words}（表名是 logs，各列见 DESCRIBE logs）"),
            format!(
                "this SQL cannot be answered: {words} (the table is `logs`; its columns: DESCRIBE logs)"
            ),
        ),
        SqlError::Address(fault) => {
            let (zh, en) = address_text(fault);
            LocalText::new(
                format!("这条 SQL 无法回答：{zh}"),
                format!("this SQL cannot be answered: {en}"),
            )
        }
    }
}

/// What to write instead.
fn address_text(fault: &AddressFault) -> (String, String) {
    match fault {
        AddressFault::NotOne { text } => (
            format!(
                "“{text}”不是地址；请写成 203.0.113.9 或 2001:db8::1，前缀写 source_ip LIKE '203.0.113.%'，网段写 source_ip BETWEEN '203.0.113.0' AND '203.0.113.255'，名称在 source_address 列"
            ),
            format!(
                "{fault}; write 203.0.113.9 or 2001:db8::1, for a beginning source_ip LIKE '203.0.113.%', for a network source_ip BETWEEN '203.0.113.0' AND '203.0.113.255'; names are in source_address"
            ),
        ),
        AddressFault::NotFour { text } => (
            format!(
                "ip(…) 是 IPv4 地址的数值，“{text}”不是 IPv4 地址；IPv6 地址直接写成文本：source_ip = '2001:db8::1'"
            ),
            format!("{fault}; one of IPv6 is written as a text: source_ip = '2001:db8::1'"),
        ),
        AddressFault::TwoKinds { low, high } => (
            format!(
                "{low} 与 {high} 一个是 IPv4、一个是 IPv6，范围只能是同一种；两种都要时请写成 (source_ip BETWEEN … AND … OR source_ip6 BETWEEN … AND …)"
            ),
            format!(
                "{fault}; for both kinds write (source_ip BETWEEN … AND … OR source_ip6 BETWEEN … AND …)"
            ),
        ),
        AddressFault::NotSix { column, text } => (
            format!(
                "{column} 列是 IPv6 地址，“{text}”不是；IPv4 请用名称不带 6 的列，如 source_ip，IPv6 写成 2001:db8::1"
            ),
            format!(
                "{fault}; for IPv4 name the column without the 6, such as source_ip, and write IPv6 like 2001:db8::1"
            ),
        ),
        AddressFault::NotNumber { text } => (
            format!(
                "“{text}”是文本，与它比较或并列的地址在表中是数值；请用列本来的名称（source_ip），或写 ip('203.0.113.9')，或用 ip_text(…) 把地址变成文本；IPv6 在 source_ip6 列"
            ),
            format!(
                "{fault}; call the column by its own name (source_ip), or write ip('203.0.113.9'), or make the address a text with ip_text(…); IPv6 is in source_ip6"
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use sancha_model::Lang;

    use super::*;

    #[test]
    fn damage_of_the_write_ahead_log_is_told_in_both_languages() {
        let path = || "wal/18.wal".to_owned();
        let faults = [
            WalError::Damaged { path: path(), from: 40, until: 132 },
            WalError::NotAWal { path: path() },
            WalError::Newer { path: path(), version: 2 },
        ];
        for fault in faults {
            let text = wal_text(&fault);
            assert!(text.get(Lang::En).contains("wal/18.wal"));
            let zh = text.get(Lang::Zh).replace("wal/18.wal", "");
            assert!(
                zh.contains('；') && !zh.bytes().any(|byte| byte.is_ascii_alphabetic()),
                "{zh}"
            );
        }
    }
}
