//! Conditions as flat code: tests and jumps, one truth register, no recursion when it runs.

use super::{
    pattern::{Name, Pattern, Test, Value},
    text::TextPattern,
};

/// What a rule's condition says, as a tree; only loading sees it.
#[derive(Debug)]
pub(crate) enum Expr {
    Test(Test),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Test(u32),
    Not,
    Set(bool),
    /// Goes on at the place when the register is false.
    UnlessTrue(u32),
    /// Goes on at the place when the register is true.
    IfTrue(u32),
}

/// One rule's condition, ready to run.
#[derive(Debug, Default)]
pub(crate) struct Program {
    ops: Vec<Op>,
    tests: Vec<Test>,
}

/// The fields of one record by name; what a [`Program`] asks.
pub(crate) trait Record<'b>: Copy {
    /// Whether any value of the field satisfies `test`.
    fn any(self, field: Name, test: impl FnMut(Value<'b>) -> bool) -> bool;
    /// The same over everything the record says.
    fn any_text(self, test: impl FnMut(Value<'_>) -> bool) -> bool;
    /// What the search already knows of a test that its anchors decide.
    fn known(self, test: &Test) -> Option<bool>;
}

impl Program {
    pub(crate) fn compile(expr: Expr) -> Self {
        let mut program = Self::default();
        program.emit(expr);
        program
    }

    /// The fields it looks at, each once, in the order in which the rule names them.
    pub(crate) fn fields(&self) -> Vec<Name> {
        let mut tests: Vec<&Test> = self.tests.iter().collect();
        tests.sort_by_key(|test| test.number);
        let mut names = Vec::new();
        for test in tests {
            for name in test.names() {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    pub(crate) fn test_count(&self) -> u32 {
        place(self.tests.len())
    }

    pub(crate) fn has_keywords(&self) -> bool {
        self.tests.iter().any(|test| test.field.is_none())
    }

    pub(crate) fn holds<'b>(&self, record: impl Record<'b>) -> bool {
        let (mut truth, mut at) = (false, 0);
        while let Some(op) = self.ops.get(at) {
            at += 1;
            match *op {
                Op::Test(test) => {
                    truth = self.tests.get(test as usize).is_some_and(|t| holds(t, record));
                }
                Op::Not => truth = !truth,
                Op::Set(value) => truth = value,
                Op::UnlessTrue(place) if !truth => at = place as usize,
                Op::IfTrue(place) if truth => at = place as usize,
                Op::UnlessTrue(_) | Op::IfTrue(_) => {}
            }
        }
        truth
    }

    fn emit(&mut self, expr: Expr) {
        match expr {
            Expr::Test(test) => {
                self.ops.push(Op::Test(place(self.tests.len())));
                self.tests.push(test);
            }
            Expr::Not(inner) => {
                self.emit(*inner);
                self.ops.push(Op::Not);
            }
            Expr::And(parts) => self.emit_chain(parts, true, Op::UnlessTrue),
            Expr::Or(parts) => self.emit_chain(parts, false, Op::IfTrue),
        }
    }

    /// Parts in a row, left as soon as the result is known; cheap ones first.
    fn emit_chain(&mut self, mut parts: Vec<Expr>, empty: bool, leave: fn(u32) -> Op) {
        if parts.is_empty() {
            self.ops.push(Op::Set(empty));
            return;
        }
        parts.sort_by_key(Expr::weight);
        let last = parts.len() - 1;
        let mut exits = Vec::new();
        for (at, part) in parts.into_iter().enumerate() {
            self.emit(part);
            if at != last {
                exits.push(self.ops.len());
                self.ops.push(leave(0));
            }
        }
        let end = place(self.ops.len());
        for exit in exits {
            if let Some(op) = self.ops.get_mut(exit) {
                *op = leave(end);
            }
        }
    }
}

fn place(len: usize) -> u32 {
    u32::try_from(len).unwrap_or(u32::MAX)
}

fn holds<'b>(test: &Test, record: impl Record<'b>) -> bool {
    if test.decided
        && let Some(known) = record.known(test)
    {
        return known;
    }
    test.patterns.iter().any(|pattern| match (test.field, pattern) {
        (Some(field), Pattern::Exists(wanted)) => record.any(field, |_| true) == *wanted,
        (Some(field), Pattern::SameAs { other, place, cased }) => record.any(*other, |other| {
            let pattern = TextPattern::literal(other.text, *place, *cased);
            record.any(field, |value| pattern.matches(value.text))
        }),
        (Some(field), pattern) => record.any(field, |value| pattern.matches(value)),
        (None, pattern) => record.any_text(|value| pattern.matches(value)),
    })
}

impl Expr {
    /// Gives every test its number, from `next` on.
    pub(crate) fn number(&mut self, next: &mut u32) {
        match self {
            Self::Test(test) => {
                test.number = *next;
                *next += 1;
            }
            Self::Not(inner) => inner.number(next),
            Self::And(parts) | Self::Or(parts) => {
                parts.iter_mut().for_each(|part| part.number(next));
            }
        }
    }

    /// Names that a record must not have for the condition to hold; those that follow from its form, not all.
    pub(crate) fn excluded(&self) -> Vec<Name> {
        let mut names = Vec::new();
        self.exclude(false, &mut names);
        names
    }

    fn exclude(&self, negated: bool, names: &mut Vec<Name>) {
        match self {
            Self::Not(inner) => inner.exclude(!negated, names),
            Self::And(parts) if !negated => {
                parts.iter().for_each(|part| part.exclude(false, names))
            }
            Self::Or(parts) if negated => parts.iter().for_each(|part| part.exclude(true, names)),
            Self::And(_) | Self::Or(_) => {}
            Self::Test(Test { field, patterns, .. }) => {
                let is_absence = match patterns.as_slice() {
                    [Pattern::Exists(wanted)] => *wanted == negated,
                    _ => false,
                };
                names.extend(field.filter(|_| is_absence));
            }
        }
    }

    fn weight(&self) -> u32 {
        match self {
            Self::Test(test) if test.decided => 0,
            Self::Test(test) => test.patterns.iter().map(Pattern::weight).sum(),
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::weight).sum(),
            Self::Not(inner) => inner.weight(),
        }
    }
}
