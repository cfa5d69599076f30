use sancha_model::{Lang, LocalText, Text, visible};
use sancha_seal::{
    Checkpoint,
    evidence::{Anchor, AnchorKind, Problem, SignedBy, Verdict, Verdicts, texts as evidence},
};

use crate::texts;

/// A broken pack can have a problem on every line.
const MOST_PROBLEMS: usize = 50;

/// The verdicts for people, one a line, then the problems with their places.
pub(crate) fn render(verdicts: &Verdicts, is_sound: bool, lang: Lang) -> String {
    let mut lines = vec![head(verdicts).get(lang).to_owned(), String::new()];
    for (question, answer) in answers(verdicts) {
        let colon = match lang {
            Lang::Zh => "：",
            Lang::En => ": ",
        };
        lines.push(format!("  {}{colon}{}", question.get(lang), answer.get(lang)));
    }
    lines.push(String::new());
    if !verdicts.problems.is_empty() {
        let count = number(verdicts.problems.len() as u64);
        lines.push(texts::PROBLEMS.fill(&[("count", count)]).get(lang).to_owned());
        let shown = verdicts.problems.iter().take(MOST_PROBLEMS);
        lines.extend(shown.map(|problem| format!("  {}", problem_line(problem, lang))));
        if let Some(more) = verdicts.problems.len().checked_sub(MOST_PROBLEMS + 1) {
            let more = texts::MORE.fill(&[("count", number(more as u64 + 1))]);
            lines.push(format!("  {}", more.get(lang)));
        }
        lines.push(String::new());
    }
    lines.push(texts::SHOWS_NOT.get(lang).to_owned());
    let reservations = reservations(verdicts.is_sealed).iter();
    lines.extend(reservations.map(|text| format!("  - {}", text.get(lang))));
    lines.push(String::new());
    let result = match (is_sound, verdicts.is_sealed) {
        (false, _) => &texts::FAILED,
        (true, true) => &texts::PASSED,
        (true, false) => &texts::PASSED_UNSEALED,
    };
    lines.push(result.get(lang).to_owned());
    lines.join("\n")
}

fn reservations(is_sealed: bool) -> &'static [&'static Text] {
    if !is_sealed {
        return &[
            &evidence::NOT_COMPLETE,
            &evidence::NOT_UNALTERED,
            &evidence::NOT_EXPORTER,
            &evidence::NOT_FORENSIC,
        ];
    }
    &[
        &evidence::NOT_COMPLETE,
        &evidence::NOT_BEFORE,
        &evidence::NOT_REWRITTEN,
        &evidence::NOT_EXPORTER,
        &evidence::NOT_FORENSIC,
    ]
}

fn head(verdicts: &Verdicts) -> LocalText {
    let counts = verdicts.counts;
    if !verdicts.is_sealed {
        return texts::HEAD_UNSEALED.fill(&[("count", number(counts.asked))]);
    }
    texts::HEAD.fill(&[
        ("asked", number(counts.asked)),
        ("neighbours", number(counts.neighbours)),
        ("blocks", number(counts.blocks)),
    ])
}

fn answers(verdicts: &Verdicts) -> Vec<(&'static Text, LocalText)> {
    let page = match verdicts.page {
        Verdict::NotChecked => texts::PAGE_OTHER.local(),
        known => answer(known),
    };
    let intact = (&texts::INTACT, answer(verdicts.intact));
    if !verdicts.is_sealed {
        return vec![intact, (&texts::SEALED, texts::NOT_SEALED.local()), (&texts::PAGE, page)];
    }
    let mut in_log = vec![answer(verdicts.in_log)];
    in_log.extend(verdicts.checkpoint.as_ref().map(|checkpoint| {
        texts::LOG_IS.fill(&[
            ("origin", value(&checkpoint.origin)),
            ("size", number(checkpoint.size)),
            ("root", value(&checkpoint.root.hex())),
        ])
    }));
    let mut answers = vec![
        intact,
        (&texts::UNCHANGED, answer(verdicts.unchanged)),
        (&texts::IN_LOG, clauses(&in_log)),
        (&texts::SIGNED, signed(verdicts.signed_by.as_ref())),
    ];
    if verdicts.anchored_by.is_empty() {
        answers.push((&texts::ANCHORED, texts::NO_ANCHOR.local()));
    }
    let checkpoint = verdicts.checkpoint.as_ref();
    let anchors = verdicts.anchored_by.iter();
    answers.extend(anchors.map(|by| (&texts::ANCHORED, anchor(by, checkpoint))));
    answers.push((&texts::PAGE, page));
    answers
}

fn answer(verdict: Verdict) -> LocalText {
    match verdict {
        Verdict::Holds => texts::HOLDS.local(),
        Verdict::Broken => texts::BROKEN.local(),
        Verdict::NotChecked => texts::NOT_CHECKED.local(),
    }
}

fn signed(by: Option<&SignedBy>) -> LocalText {
    let Some(by) = by else { return texts::BROKEN.local() };
    let name = value(&format!("{}+{:08x}", by.name, by.key_id));
    let key = texts::KEY_IS.fill(&[("name", name), ("fingerprint", value(&by.fingerprint))]);
    let origin = match by.rotations {
        1.. if by.is_known => texts::KEY_FOLLOWED.fill(&[("count", number(by.rotations))]),
        _ => origin_of_key(by.is_known),
    };
    clauses(&[texts::HOLDS.local(), key, origin])
}

fn anchor(anchor: &Anchor, checkpoint: Option<&Checkpoint>) -> LocalText {
    match anchor.kind {
        AnchorKind::Witness { at } => {
            let time = i64::try_from(at).ok().and_then(|at| jiff::Timestamp::from_second(at).ok());
            let time = time.map_or_else(|| at.to_string(), |time| time.to_string());
            let values = [("by", value(&anchor.by)), ("at", value(&time))];
            clauses(&[texts::WITNESS_AT.fill(&values), origin_of_key(anchor.is_known)])
        }
        AnchorKind::Stamp { at } => {
            let digest = checkpoint.map_or_else(String::new, |known| known.digest().hex());
            let values = [
                ("by", value(&anchor.by)),
                ("at", value(&at.to_string())),
                ("digest", value(&digest)),
            ];
            texts::STAMPED_AT.fill(&values)
        }
        AnchorKind::File => texts::ANCHOR_FILE.fill(&[("by", value(&anchor.by))]),
    }
}

fn origin_of_key(is_known: bool) -> LocalText {
    if is_known { texts::KEY_KNOWN.local() } else { texts::KEY_FROM_PACK.local() }
}

fn problem_line(problem: &Problem, lang: Lang) -> String {
    let file = visible(&problem.file);
    let place = match &problem.lines {
        None => file.into_owned(),
        Some(lines) if lines.start() == lines.end() => format!("{file}:{}", lines.start()),
        Some(lines) => format!("{file}:{}-{}", lines.start(), lines.end()),
    };
    format!("{place}  {}", problem.what.get(lang))
}

fn clauses(parts: &[LocalText]) -> LocalText {
    LocalText::joined(parts, ("；", "; "))
}

fn number(number: u64) -> LocalText {
    LocalText::same(number.to_string())
}

fn value(text: &str) -> LocalText {
    LocalText::same(visible(text))
}
