//! What there is to say of a claim that does not hold.

use bitsim_scenario::plan::Place;
use bitsim_vocab::{Hresult, JobId, Span};

/// What something should do or be, in words that can be put into several sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Demand {
    /// It should be that: `in TRANSFERRING`, `at least 2`.
    Be(String),
    /// It should, or should not, exist.
    Exist(bool),
    /// It should do that: `return S_OK`.
    Verb(String),
}

impl Demand {
    /// What follows `should`: `be 2`.
    fn should(&self) -> String {
        match self {
            Self::Be(what) => format!("be {what}"),
            Self::Exist(true) => "exist".to_owned(),
            Self::Exist(false) => "not exist".to_owned(),
            Self::Verb(what) => what.clone(),
        }
    }

    /// What follows the subject where it is so: `is 2`.
    fn is_so(&self) -> String {
        match self {
            Self::Be(what) => format!("is {what}"),
            Self::Exist(true) => "exists".to_owned(),
            Self::Exist(false) => "does not exist".to_owned(),
            Self::Verb(what) => format!("should {what}"),
        }
    }

    /// The same, in time.
    pub(crate) fn within(self, span: Span) -> Self {
        match self {
            Self::Be(what) => Self::Be(format!("{what} within {span}")),
            other => Self::Verb(format!("{} within {span}", other.should())),
        }
    }
}

/// A claim that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Miss {
    pub(crate) place: Place,
    pub(crate) job: Option<JobId>,
    /// What it is about: `` the error count of `payroll` ``.
    pub(crate) subject: String,
    pub(crate) demand: Demand,
    pub(crate) expected: String,
    pub(crate) actual: String,
    /// What a call returned that was made and should have returned something else.
    pub(crate) returned: Option<Hresult>,
    /// What else helps to understand it, in one clause; empty if there is nothing to add.
    pub(crate) note: String,
}

impl Miss {
    /// What is demanded, to be filled with what is true instead.
    pub(crate) fn should(subject: impl Into<String>, demand: Demand) -> Self {
        Self {
            place: Place::default(),
            job: None,
            subject: subject.into(),
            demand,
            expected: String::new(),
            actual: String::new(),
            returned: None,
            note: String::new(),
        }
    }

    /// The same, with what the scenario says.
    pub(crate) fn expecting(self, expected: String) -> Self {
        Self { expected, ..self }
    }

    /// What is demanded, in a sentence.
    pub(crate) fn what(&self) -> String {
        format!("{} should {}", self.subject, self.demand.should())
    }

    /// What several things together must never be, in a sentence.
    pub(crate) fn never(all: &[Self]) -> String {
        let Some((first, rest)) = all.split_first() else { return String::new() };
        let mut text = format!("{} should never {}", first.subject, first.demand.should());
        for other in rest {
            text.push_str(&format!(" while {} {}", other.subject, other.demand.is_so()));
        }
        text
    }

    /// One for several of which one should have held: `` `a` should be in QUEUED or in ERROR ``.
    pub(crate) fn none_of(all: Vec<Self>) -> Option<Self> {
        let distinct = |text: &dyn Fn(&Self) -> String| {
            let mut texts: Vec<String> = Vec::new();
            for one in &all {
                let text = text(one);
                if !texts.contains(&text) {
                    texts.push(text);
                }
            }
            texts.join(" or ")
        };
        let expected = distinct(&|one| one.expected.clone());
        let actual = distinct(&|one| one.actual.clone());
        let first = all.first()?;
        let alike = all.iter().all(|one| one.subject == first.subject);
        let is = |one: &Self| matches!(one.demand, Demand::Be(_));
        let demand = match (alike, all.iter().all(is)) {
            (true, true) => Demand::Be(distinct(&|one| match &one.demand {
                Demand::Be(what) => what.clone(),
                other => other.should(),
            })),
            (true, false) => Demand::Verb(distinct(&|one| one.demand.should())),
            (false, _) => {
                let others = all.iter().skip(1).map(|one| format!(" or {}", one.what()));
                Demand::Verb(first.demand.should() + &others.collect::<String>())
            }
        };
        Some(Self { demand, expected, actual, ..first.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(subject: &str, state: &str) -> Miss {
        Miss::should(subject, Demand::Be(format!("in {state}"))).expecting(state.to_owned())
    }

    #[test]
    fn several_demands_on_one_thing_are_one_sentence() {
        let told = |all: Vec<Miss>| Miss::none_of(all).map(|miss| miss.what());
        let one = vec![state("`a`", "QUEUED"), state("`a`", "ERROR")];
        assert_eq!(told(one).as_deref(), Some("`a` should be in QUEUED or in ERROR"));
        let two = vec![state("`a`", "QUEUED"), state("`b`", "ERROR")];
        let both = "`a` should be in QUEUED or `b` should be in ERROR";
        assert_eq!(told(two).as_deref(), Some(both));
        // A name that reads like the sentence does not matter.
        let odd = vec![state("`x should be y`", "QUEUED"), state("`x should be y`", "ERROR")];
        let said = "`x should be y` should be in QUEUED or in ERROR";
        assert_eq!(told(odd).as_deref(), Some(said));
        assert_eq!(told(Vec::new()), None);
    }

    #[test]
    fn what_must_never_be_is_told_in_one_sentence() {
        let file = Miss::should("`C:\\a`", Demand::Exist(true));
        let all = [state("`a`", "ERROR"), file.clone(), state("`b`", "QUEUED")];
        let said = "`a` should never be in ERROR while `C:\\a` exists while `b` is in QUEUED";
        assert_eq!(Miss::never(&all), said);
        assert_eq!(Miss::never(&[file]), "`C:\\a` should never exist");
        let gone = Demand::Exist(false).within(Span::secs(60));
        assert_eq!(Miss::should("`b`", gone).what(), "`b` should not exist within 1m");
    }
}
