use super::*;

const ALL: &[ProblemKind] = &[
    ProblemKind::Missing,
    ProblemKind::Unreadable,
    ProblemKind::EmptyFolder,
    ProblemKind::OwnOutput,
    ProblemKind::SpecialFile,
    ProblemKind::Truncated,
    ProblemKind::Shrunk,
    ProblemKind::Bomb,
    ProblemKind::UnsafePath,
    ProblemKind::Encrypted,
    ProblemKind::UnsupportedArchive,
    ProblemKind::UnsupportedMember,
    ProblemKind::Corrupt,
    ProblemKind::TooDeep,
    ProblemKind::TooManyEntries,
    ProblemKind::TooLarge,
    ProblemKind::NeedsMemory,
    ProblemKind::SpoolFull,
    ProblemKind::DuplicateMember,
    ProblemKind::Emptied,
    ProblemKind::PackedLater,
];

#[test]
fn every_problem_speaks_both_languages_and_shows_the_way_out() {
    for kind in ALL {
        let problem = Problem::new("a.log", *kind, "");
        for words in [problem.message(), problem.way_out()] {
            assert!(words.zh.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c)), "{kind:?}");
            assert!(words.en.is_ascii() && words.en.len() > 10, "{kind:?}");
            assert!(!words.zh.contains("黑客") && !words.zh.contains("安全"), "{kind:?}");
        }
    }
    let names: std::collections::BTreeSet<_> = ALL.iter().map(|kind| kind.name()).collect();
    assert_eq!(names.len(), ALL.len());
}

#[test]
fn a_problem_reads_as_an_error() {
    let problem = Problem::new("a.zip!b", ProblemKind::Encrypted, "");
    let expected = "`a.zip!b`: it is encrypted and needs a password; \
                    unpack it with its password and name the unpacked folder";
    assert_eq!(problem.to_string(), expected);
    let cut = Problem::new("a.gz", ProblemKind::Truncated, "eof").at(12);
    assert!(cut.message().zh.contains("第 12 字节"));
}
