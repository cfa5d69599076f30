//! What could not be read, why, and how to go on, in both languages.

use std::io;

use super::decompress::Stop;

/// Something about an input that its reader must be told. The rest of the run goes on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{path}`: {}; {}", self.message().en, self.way_out().en)]
pub struct Problem {
    /// As shown to users; members of archives are `archive.zip!inner/name`.
    pub path: String,
    pub kind: ProblemKind,
    /// Where in the decompressed content reading stopped, where that is known.
    pub offset: Option<u64>,
    /// What the system or the decompressor said, for the support engineer. Not translated.
    pub detail: String,
}

/// A text in Chinese and English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

/// The closed list of what can go wrong before a line is parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    Missing,
    Unreadable,
    EmptyFolder,
    OwnOutput,
    SpecialFile,
    Truncated,
    Shrunk,
    Bomb,
    UnsafePath,
    Encrypted,
    UnsupportedArchive,
    UnsupportedMember,
    Corrupt,
    TooDeep,
    TooManyEntries,
    TooLarge,
    NeedsMemory,
    SpoolFull,
    DuplicateMember,
    Emptied,
    PackedLater,
}

impl ProblemKind {
    /// A stable name for the coverage statement and other machine-read output.
    pub fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Unreadable => "unreadable",
            Self::EmptyFolder => "empty_folder",
            Self::OwnOutput => "own_output",
            Self::SpecialFile => "special_file",
            Self::Truncated => "truncated",
            Self::Shrunk => "shrunk",
            Self::Bomb => "bomb",
            Self::UnsafePath => "unsafe_path",
            Self::Encrypted => "encrypted",
            Self::UnsupportedArchive => "unsupported_archive",
            Self::UnsupportedMember => "unsupported_member",
            Self::Corrupt => "corrupt",
            Self::TooDeep => "too_deep",
            Self::TooManyEntries => "too_many_entries",
            Self::TooLarge => "too_large",
            Self::NeedsMemory => "needs_memory",
            Self::SpoolFull => "spool_full",
            Self::DuplicateMember => "duplicate_member",
            Self::Emptied => "emptied",
            Self::PackedLater => "packed_later",
        }
    }

    fn message(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing => ("路径不存在", "the path does not exist"),
            Self::Unreadable => ("无法读取", "it cannot be read"),
            Self::EmptyFolder => ("文件夹中没有可读的文件", "the folder holds no file to read"),
            Self::OwnOutput => (
                "是本程序自己写出的报告或日志湖，不是日志，未读",
                "it is a report or a lake that this program wrote, no logs, and was not read",
            ),
            Self::SpecialFile => (
                "是管道、设备或套接字，不是普通文件，未打开",
                "it is a pipe, device or socket, not a regular file, and was not opened",
            ),
            Self::Truncated => (
                "内容在中途断开；断点之前的内容已全部读取",
                "the content breaks off; everything before the cut was read",
            ),
            Self::Shrunk => (
                "读取过程中文件变短，可能正在轮转",
                "the file became shorter while it was read, perhaps by log rotation",
            ),
            Self::Bomb => (
                "解压后的体积超出上限，疑似压缩炸弹；上限之内的内容已读取",
                "it expands beyond the limit, as a decompression bomb does; what lies within the limit was read",
            ),
            Self::UnsafePath => (
                "压缩包内的成员名试图指向包外；内容照常读取，不会写入磁盘",
                "the member's name points outside the archive; its content was read and never written to disk",
            ),
            Self::Encrypted => ("已加密，需要口令", "it is encrypted and needs a password"),
            Self::UnsupportedArchive => {
                ("不支持这种压缩格式", "this kind of archive or compression is not supported")
            }
            Self::UnsupportedMember => (
                "压缩包内这个成员的存储方式不受支持",
                "the way this member is stored in its archive is not supported",
            ),
            Self::Corrupt => (
                "内容已损坏；损坏处之前的内容已读取",
                "the content is damaged; what lies before the damage was read",
            ),
            Self::TooDeep => {
                ("压缩包嵌套层数超出上限", "archives are nested deeper than the limit")
            }
            Self::TooManyEntries => (
                "压缩包内的成员数超出上限，其余成员未读取",
                "the archive has more members than the limit; the others were not read",
            ),
            Self::TooLarge => (
                "这种格式须整体读入，文件超出大小上限",
                "its format must be read whole, and it is larger than the limit",
            ),
            Self::NeedsMemory => {
                ("解压所需内存超出上限", "decompressing it needs more memory than the limit")
            }
            Self::SpoolFull => (
                "展开压缩包所需的临时空间不足",
                "there is not enough temporary space to expand the archive",
            ),
            Self::DuplicateMember => (
                "压缩包内有同名成员，只能读取其中一个",
                "the archive has members of the same name, of which only one can be read",
            ),
            Self::Emptied => (
                "跟踪时文件被清空，旁边没有找到清空前的副本；清空前最后写入的内容可能没有读到",
                "it was emptied while it was followed, and no copy of what it held stands beside it; what was written last before that may not have been read",
            ),
            Self::PackedLater => (
                "跟踪期间出现的压缩文件，不是已读日志的副本，未读取",
                "a packed file that appeared while following and is no copy of a log that was read; it was not read",
            ),
        }
    }

    fn way_out(self) -> (&'static str, &'static str) {
        match self {
            Self::Missing => ("请核对路径后重新运行", "check the path and run again"),
            Self::Unreadable => (
                "请以有读取权限的账户运行，或先复制到可读的位置",
                "run as an account that may read it, or copy it to where it can be read",
            ),
            Self::EmptyFolder => (
                "请核对文件夹，或指定存放日志的文件夹",
                "check the folder, or name the one that holds the logs",
            ),
            Self::OwnOutput => (
                "请把输出放在日志文件夹之外；查日志湖请用 --lake",
                "write outputs outside the folder of the logs; a lake is read with --lake",
            ),
            Self::SpecialFile => (
                "如需读取其内容，请用管道接到标准输入，并把路径写成 `-`",
                "to read it, pipe it to standard input and give `-` as the path",
            ),
            Self::Truncated => (
                "请重新获取完整文件；结论须考虑缺失的部分",
                "get the complete file again; conclusions must allow for the missing part",
            ),
            Self::Shrunk => (
                "请先复制一份再分析，并一并提供轮转后的文件",
                "copy it first and analyse the copy, together with the rotated file",
            ),
            Self::Bomb => (
                "如确属日志，请自行解压后指定解压后的文件",
                "if it truly is a log, expand it yourself and name the expanded file",
            ),
            Self::UnsafePath => (
                "请核实压缩包来源；用其他工具解压前务必小心",
                "ask where the archive came from, and take care before unpacking it with other tools",
            ),
            Self::Encrypted => (
                "请用口令解压后，指定解压后的文件夹",
                "unpack it with its password and name the unpacked folder",
            ),
            Self::UnsupportedArchive | Self::UnsupportedMember | Self::NeedsMemory => (
                "请自行解压后指定解压后的文件，或改存为 .zip、.tar.gz、.7z",
                "unpack it and name the unpacked files, or store them as .zip, .tar.gz or .7z",
            ),
            Self::Corrupt => (
                "请重新获取该文件，并与来源核对摘要",
                "get the file again and compare its digest with the origin",
            ),
            Self::TooDeep | Self::TooManyEntries => (
                "请先解压外层，再指定其中的文件夹",
                "unpack the outer layer and name the folder inside",
            ),
            Self::TooLarge => {
                ("请按日期拆分或导出后再分析", "split it by date, or export it, and run again")
            }
            Self::SpoolFull => (
                "请清理临时目录，或用 TMPDIR 指定空间充足的目录，也可自行解压",
                "free the temporary folder, point TMPDIR to a larger one, or unpack it yourself",
            ),
            Self::DuplicateMember => (
                "请自行解压核对同名成员，再指定解压后的文件",
                "unpack it, look at the members of that name, and name the unpacked files",
            ),
            Self::Emptied => (
                "请改用重命名方式轮转，或把轮转的副本留在同一文件夹",
                "rotate by renaming, or let the rotated copy stay in the same folder",
            ),
            Self::PackedLater => (
                "如需读取，请对该文件另行运行一次，不加 --follow",
                "to read it, run on that file by itself, without --follow",
            ),
        }
    }
}

impl Problem {
    pub(super) fn new(path: &str, kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self { path: path.to_owned(), kind, offset: None, detail: detail.into() }
    }

    /// `starved`: the compressed input had run out when its decoder failed, so it was cut, not damaged.
    pub(super) fn from_io(path: &str, error: &io::Error, starved: bool) -> Self {
        Self::new(path, kind_of(error, starved), error.to_string())
    }

    pub(super) fn at(mut self, offset: u64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// What happened, without the path, in both languages.
    pub fn message(&self) -> Words {
        let (zh, en) = self.kind.message();
        let mut words = Words { zh: zh.to_owned(), en: en.to_owned() };
        if let Some(offset) = self.offset {
            words.zh.push_str(&format!("（位于解压后内容的第 {offset} 字节）"));
            words.en.push_str(&format!(" (at byte {offset} of the expanded content)"));
        }
        if !self.detail.is_empty() {
            words.zh.push_str(&format!("（{}）", self.detail));
            words.en.push_str(&format!(" ({})", self.detail));
        }
        words
    }

    /// What the user can do now, in both languages.
    pub fn way_out(&self) -> Words {
        let (zh, en) = self.kind.way_out();
        Words { zh: zh.to_owned(), en: en.to_owned() }
    }
}

fn kind_of(error: &io::Error, starved: bool) -> ProblemKind {
    if let Some(stop) = error.get_ref().and_then(|inner| inner.downcast_ref::<Stop>()) {
        return stop.kind();
    }
    match error.kind() {
        io::ErrorKind::NotFound => ProblemKind::Missing,
        io::ErrorKind::PermissionDenied => ProblemKind::Unreadable,
        io::ErrorKind::OutOfMemory => ProblemKind::NeedsMemory,
        io::ErrorKind::Unsupported => ProblemKind::UnsupportedMember,
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => ProblemKind::SpoolFull,
        io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
        _ if error.raw_os_error().is_some() => ProblemKind::Unreadable,
        _ if starved => ProblemKind::Truncated,
        _ => ProblemKind::Corrupt,
    }
}
