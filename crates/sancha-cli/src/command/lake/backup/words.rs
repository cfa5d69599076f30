//! What `sancha backup` says.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::tz::TimeZone;
use sancha_app::{
    backup::{Made, Picture, Restored, Snapshot, TestResult},
    lake::lake_text,
};
use sancha_model::{Lang, LocalText, Text};

use crate::output;

pub(super) const NO_REPOSITORY: Text = Text::new(
    "cli.backup.no_repository",
    "没有指定备份仓库；请用 --repo，或设环境变量 RESTIC_REPOSITORY。备份仓库应在另一台机器或另一块磁盘上",
    "no repository is named; use --repo or set RESTIC_REPOSITORY. A repository belongs on another machine or disk",
);
pub(super) const NO_PASSWORD: Text = Text::new(
    "cli.backup.no_password",
    "没有备份仓库的口令；请把口令写入只有自己能读的文件，用 --password-file 或环境变量 RESTIC_PASSWORD_FILE 指定（不要写在命令行上）",
    "there is no password for the repository; write it to a file that only you can read and name it with --password-file or RESTIC_PASSWORD_FILE (never write it on the command line)",
);
pub(super) const INCOMPLETE: Text = Text::new(
    "cli.backup.incomplete",
    "restic 未能读取部分文件，这份快照不完整；请按上面的说明处理后再备份一次",
    "restic could not read all files, the snapshot is not complete; see what it said above and back up again",
);
pub(super) const NO_SNAPSHOTS: Text = Text::new(
    "cli.backup.no_snapshots",
    "备份仓库中还没有日志湖的快照",
    "the repository has no snapshot of a lake yet",
);
const PASSWORD: Text = Text::new(
    "cli.backup.password",
    "请把备份仓库的口令另存一处：口令丢失，备份即无法读出，任何人都不能",
    "keep the password in another place too: with the password lost nobody can read the backup",
);
const WITHOUT_KEYS: Text = Text::new(
    "cli.backup.without_keys",
    "未含签名密钥（--with-keys 才包含）：恢复后可查、可验，没有密钥就不能再接收日志",
    "the signing key is not in it (--with-keys takes it along): what is restored can be searched and verified, and takes no more logs without the key",
);
const WITH_KEYS: Text = Text::new(
    "cli.backup.with_keys",
    "已含签名密钥：能读出此备份的人即可代为签名，请妥善保管口令",
    "the signing key is in it: whoever can read this backup can sign for you, guard the password",
);
const BACKING_UP: Text = Text::new("cli.backup.running", "正在备份", "backing up");

/// A bar over bytes; silent when asked for, or when nobody is at a terminal.
pub(super) fn bar(quiet: bool, lang: Lang) -> ProgressBar {
    let is_shown = !quiet && output::stderr_is_terminal();
    let target = if is_shown { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
    let bar = ProgressBar::with_draw_target(Some(0), target);
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {bytes}/{total_bytes}");
    bar.set_style(style.unwrap_or(ProgressStyle::default_bar()));
    bar.set_message(BACKING_UP.get(lang));
    bar
}

pub(super) fn remember(is_new: bool, with_keys: bool) -> Vec<&'static Text> {
    let password: Option<&'static Text> = is_new.then_some(&PASSWORD);
    password.into_iter().chain([if with_keys { &WITH_KEYS } else { &WITHOUT_KEYS }]).collect()
}

pub(super) fn no_keys(folder: &Path) -> LocalText {
    let shown = folder.display();
    LocalText::new(
        format!("{shown} 中没有这个日志湖的签名密钥；请用 --keys 指定所在文件夹"),
        format!("{shown} has no signing key of this lake; name its folder with --keys"),
    )
}

pub(super) fn several_keys(folder: &Path, lake: &str) -> LocalText {
    let shown = folder.display();
    LocalText::new(
        format!("{shown} 中有 {lake} 的多个密钥（换过钥），不知用哪一个；请用 --lake 指定日志湖"),
        format!(
            "{shown} has several keys of {lake}, for it was rotated, and which one signs is not known; name the lake with --lake"
        ),
    )
}

pub(super) fn in_a_store(store: &str) -> LocalText {
    LocalText::new(
        format!(
            "此日志湖在对象存储 {store} 中，不在文件夹里；请用该存储自己的版本与复制功能备份，并另存密钥"
        ),
        format!(
            "this lake is in the object store {store}, not in its folder; back it up with the store's own versions and copies, and keep the keys elsewhere"
        ),
    )
}

pub(super) fn password_file(file: &Path) -> LocalText {
    let shown = file.display();
    LocalText::new(
        format!("读不到口令文件 {shown}；请检查路径与权限"),
        format!("the password file {shown} cannot be read; check the path and its permissions"),
    )
}

pub(super) fn missing(path: &str) -> LocalText {
    LocalText::new(
        format!("日志湖中缺少 {path}，未能备份；请运行 sancha verify"),
        format!("the lake lacks {path}, which is not in the backup; run sancha verify"),
    )
}

pub(super) fn made(made: &Made, picture: &Picture) -> LocalText {
    let Made { snapshot, files, bytes, added, .. } = made;
    let (name, entries) = (picture.name(), picture.head().size);
    LocalText::new(
        format!(
            "快照 {snapshot}：日志湖 {name}（封存日志{entries}条），{files}个文件{bytes}字节，新增{added}字节"
        ),
        format!(
            "snapshot {snapshot}: lake {name} ({entries} entries of its log), {files} files, {bytes} bytes, {added} of them new"
        ),
    )
}

pub(super) fn chosen(snapshot: &Snapshot) -> LocalText {
    let (id, time, lake) = (short(snapshot), snapshot.time, &snapshot.lake);
    LocalText::new(
        format!("快照 {id}，{time}，日志湖 {lake}"),
        format!("snapshot {id} of {time}, lake {lake}"),
    )
}

pub(super) fn listed(one: &Snapshot, zone: &TimeZone) -> LocalText {
    let (id, time) = (short(one), one.time.display_in(zone));
    let Snapshot { host, lake, entries, .. } = one;
    let (zh, en) = if one.with_keys { ("，含密钥", ", with keys") } else { ("", "") };
    LocalText::new(
        format!("{id}  {time}  {host}  {lake}  封存日志{entries}条{zh}"),
        format!("{id}  {time}  {host}  {lake}  {entries} entries{en}"),
    )
}

/// As restic shows ids.
fn short(snapshot: &Snapshot) -> String {
    snapshot.id.chars().take(8).collect()
}

pub(super) fn restored(restored: &Restored) -> Vec<LocalText> {
    let Restored { files, bytes, waiting_lines, keyless, .. } = restored;
    let faults = restored.faults.iter().map(|fault| {
        LocalText::new(format!("恢复的内容不符：{fault}"), format!("not as it was: {fault}"))
    });
    let (zh, en) = match keyless {
        Some(_) => (String::new(), String::new()),
        None => (
            format!("；其中{waiting_lines}行已接收、待封存"),
            format!("; {waiting_lines} lines of it accepted and not settled yet"),
        ),
    };
    let counted = LocalText::new(
        format!("已恢复{files}个文件{bytes}字节{zh}"),
        format!("restored {files} files, {bytes} bytes{en}"),
    );
    let unread = keyless.iter().map(|error| {
        let LocalText { zh, en } = lake_text(error);
        LocalText::new(
            format!("分区、伴随文件和预写文件均未核验：{zh}"),
            format!("parts, companions and write-ahead files were not verified: {en}"),
        )
    });
    faults.chain([counted]).chain(unread).collect()
}

pub(super) fn restored_to(lake: &Path, keys: Option<&PathBuf>) -> LocalText {
    let shown = lake.display();
    let (zh, en) = match keys {
        Some(to) => (
            format!("；密钥与配置在 {} 下原来的路径中", to.display()),
            format!("; keys and configuration stand below {} by their old paths", to.display()),
        ),
        None => (String::new(), String::new()),
    };
    LocalText::new(format!("日志湖：{shown}{zh}"), format!("the lake: {shown}{en}"))
}

/// What who takes logs into a lake that was restored has to know: its log is signed a second time from there on.
pub(super) fn before_going_on(lake: &Path) -> LocalText {
    let shown = lake.display();
    LocalText::new(
        format!(
            "这份备份之后封存的内容不在其中；此后见过原日志湖的锚定与见证，会拒绝从这里接着写的内容（那是另一段历史）。继续接收日志之前，请与他人手中最新的检查点比对：sancha verify --lake {shown} --against 检查点。不符的，请保留此文件夹只供查验，另建日志湖继续接收"
        ),
        format!(
            "what was sealed since this backup is not in it, and anchors and witnesses that saw it will refuse what is taken in from here on, for that is another history. Before you take logs in, compare with the newest checkpoint that anybody holds: sancha verify --lake {shown} --against CHECKPOINT. Where they differ, keep this folder for reading and go on in a new lake"
        ),
    )
}

pub(super) fn tested(result: TestResult, proof: &Path) -> LocalText {
    let shown = proof.display();
    match result {
        TestResult::Passed => LocalText::new(
            format!("恢复测试通过；证明：{shown}"),
            format!("the restore test passed; proof: {shown}"),
        ),
        TestResult::Failed => LocalText::new(
            format!("恢复测试未通过；记录：{shown}"),
            format!("the restore test failed; record: {shown}"),
        ),
        TestResult::NotShown => LocalText::new(
            format!(
                "恢复测试没有结论：文件已取回，能读出的都与封存时一致，其余没有密钥可以打开；记录：{shown}。请用 --keys 指定密钥文件夹再测一次"
            ),
            format!(
                "the restore test shows nothing yet: the files came back and what can be read is as it was sealed, but no key opens the rest; record: {shown}. Name the folder of keys with --keys and test again"
            ),
        ),
    }
}
