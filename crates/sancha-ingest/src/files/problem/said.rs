//! What is said of each kind of problem.

use sancha_model::LocalText;

use super::ProblemKind;

/// The way out of what this program cannot unpack.
const UNPACK: [&str; 2] = [
    "请自行解压后指定解压后的文件，或改存为 .zip、.tar.gz、.7z",
    "unpack it and name the unpacked files, or store them as .zip, .tar.gz or .7z",
];

/// The same of archives that are nested too deep or hold too much.
const UNPACK_OUTER: [&str; 2] =
    ["请先解压外层，再指定其中的文件夹", "unpack the outer layer and name the folder inside"];

/// Name and texts of a kind.
pub(super) struct Said {
    pub(super) name: &'static str,
    pub(super) what: LocalText,
    pub(super) way_out: LocalText,
}

/// The texts in Chinese and English.
fn said(name: &'static str, what: [&'static str; 2], way_out: [&'static str; 2]) -> Said {
    let local = |[zh, en]: [&'static str; 2]| LocalText::new(zh, en);
    Said { name, what: local(what), way_out: local(way_out) }
}

impl ProblemKind {
    pub(super) fn said(self) -> Said {
        match self {
            Self::Missing => said(
                "missing",
                ["路径不存在", "the path does not exist"],
                ["请核对路径后重新运行", "check the path and run again"],
            ),
            Self::Unreadable => said(
                "unreadable",
                ["无法读取", "it cannot be read"],
                [
                    "请以有读取权限的账户运行，或先复制到可读的位置",
                    "run as an account that may read it, or copy it to where it can be read",
                ],
            ),
            Self::EmptyFolder => said(
                "empty_folder",
                ["文件夹中没有可读的文件", "the folder holds no file to read"],
                [
                    "请核对文件夹，或指定存放日志的文件夹",
                    "check the folder, or name the one that holds the logs",
                ],
            ),
            Self::OwnOutput => said(
                "own_output",
                [
                    "是本程序自己写出的报告或日志湖，不是日志，未读",
                    "it is a report or a lake that this program wrote, no logs, and was not read",
                ],
                [
                    "请把输出放在日志文件夹之外；查日志湖请用 --lake",
                    "write outputs outside the folder of the logs; a lake is read with --lake",
                ],
            ),
            Self::SpecialFile => said(
                "special_file",
                [
                    "是管道、设备或套接字，不是普通文件，未打开",
                    "it is a pipe, device or socket, not a regular file, and was not opened",
                ],
                [
                    "如需读取其内容，请用管道接到标准输入，并把路径写成 `-`",
                    "to read it, pipe it to standard input and give `-` as the path",
                ],
            ),
            Self::Truncated => said(
                "truncated",
                [
                    "内容在中途断开；断点之前的内容已全部读取",
                    "the content breaks off; everything before the cut was read",
                ],
                [
                    "请重新获取完整文件；结论须考虑缺失的部分",
                    "get the complete file again; conclusions must allow for the missing part",
                ],
            ),
            Self::Shrunk => said(
                "shrunk",
                [
                    "读取过程中文件变短，可能正在轮转",
                    "the file became shorter while it was read, perhaps by log rotation",
                ],
                [
                    "请先复制一份再分析，并一并提供轮转后的文件",
                    "copy it first and analyse the copy, together with the rotated file",
                ],
            ),
            Self::Bomb => said(
                "bomb",
                [
                    "解压后的体积超出上限，疑似压缩炸弹；上限之内的内容已读取",
                    "it expands beyond the limit, as a decompression bomb does; what lies \
                     within the limit was read",
                ],
                [
                    "如确属日志，请自行解压后指定解压后的文件",
                    "if it truly is a log, expand it yourself and name the expanded file",
                ],
            ),
            Self::UnsafePath => said(
                "unsafe_path",
                [
                    "压缩包内的成员名试图指向包外；内容照常读取，不会写入磁盘",
                    "the member's name points outside the archive; its content was read and \
                     never written to disk",
                ],
                [
                    "请核实压缩包来源；用其他工具解压前务必小心",
                    "ask where the archive came from, and take care before unpacking it with \
                     other tools",
                ],
            ),
            Self::Encrypted => said(
                "encrypted",
                ["已加密，需要口令", "it is encrypted and needs a password"],
                [
                    "请用口令解压后，指定解压后的文件夹",
                    "unpack it with its password and name the unpacked folder",
                ],
            ),
            Self::UnsupportedArchive => said(
                "unsupported_archive",
                ["不支持这种压缩格式", "this kind of archive or compression is not supported"],
                UNPACK,
            ),
            Self::UnsupportedMember => said(
                "unsupported_member",
                [
                    "压缩包内这个成员的存储方式不受支持",
                    "the way this member is stored in its archive is not supported",
                ],
                UNPACK,
            ),
            Self::Corrupt => said(
                "corrupt",
                [
                    "内容已损坏；损坏处之前的内容已读取",
                    "the content is damaged; what lies before the damage was read",
                ],
                [
                    "请重新获取该文件，并与来源核对摘要",
                    "get the file again and compare its digest with the origin",
                ],
            ),
            Self::TooDeep => said(
                "too_deep",
                ["压缩包嵌套层数超出上限", "archives are nested deeper than the limit"],
                UNPACK_OUTER,
            ),
            Self::TooManyEntries => said(
                "too_many_entries",
                [
                    "压缩包内的成员数超出上限，其余成员未读取",
                    "the archive has more members than the limit; the others were not read",
                ],
                UNPACK_OUTER,
            ),
            Self::TooLarge => said(
                "too_large",
                [
                    "这种格式须整体读入，文件超出大小上限",
                    "its format must be read whole, and it is larger than the limit",
                ],
                ["请按日期拆分或导出后再分析", "split it by date, or export it, and run again"],
            ),
            Self::NeedsMemory => said(
                "needs_memory",
                ["解压所需内存超出上限", "decompressing it needs more memory than the limit"],
                UNPACK,
            ),
            Self::SpoolFull => said(
                "spool_full",
                [
                    "展开压缩包所需的临时空间不足",
                    "there is not enough temporary space to expand the archive",
                ],
                [
                    "请清理临时目录，或用 TMPDIR 指定空间充足的目录，也可自行解压",
                    "free the temporary folder, point TMPDIR to a larger one, or unpack it \
                     yourself",
                ],
            ),
            Self::DuplicateMember => said(
                "duplicate_member",
                [
                    "压缩包内有同名成员，只能读取其中一个",
                    "the archive has members of the same name, of which only one can be read",
                ],
                [
                    "请自行解压核对同名成员，再指定解压后的文件",
                    "unpack it, look at the members of that name, and name the unpacked files",
                ],
            ),
            Self::Emptied => said(
                "emptied",
                [
                    "跟踪时文件被清空，旁边没有找到清空前的副本；清空前最后写入的内容可能没有读到",
                    "it was emptied while it was followed, and no copy of what it held stands \
                     beside it; what was written last before that may not have been read",
                ],
                [
                    "请改用重命名方式轮转，或把轮转的副本留在同一文件夹",
                    "rotate by renaming, or let the rotated copy stay in the same folder",
                ],
            ),
            Self::PackedLater => said(
                "packed_later",
                [
                    "跟踪期间出现的压缩文件，不是已读日志的副本，未读取",
                    "a packed file that appeared while following and is no copy of a log that \
                     was read; it was not read",
                ],
                [
                    "如需读取，请对该文件另行运行一次，不加 --follow",
                    "to read it, run on that file by itself, without --follow",
                ],
            ),
        }
    }
}
