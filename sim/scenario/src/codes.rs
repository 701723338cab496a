//! The stable ids of diagnostics.

macro_rules! codes {
    ($($name:ident $id:literal $meaning:literal,)*) => {
        $(
            #[doc = concat!("`", $id, "`: ", $meaning, ".")]
            pub const $name: &str = $id;
        )*

        /// Every id that a diagnostic can have, with its meaning in one line.
        pub const DIAGNOSTICS: &[(&str, &str)] = &[$(($id, $meaning),)*];
    };
}

codes! {
    TOO_LARGE "SCN-001" "the file is larger than a scenario may be",
    NOT_TEXT "SCN-002" "the file is not UTF-8 text",
    BAD_YAML "SCN-003" "the file is not well-formed YAML",
    UNKNOWN_FIELD "SCN-004" "a field is not known where it stands",
    MISSING_FIELD "SCN-005" "a required field is missing",
    WRONG_KIND "SCN-006" "a value is of another kind than its field needs",
    TWICE "SCN-007" "something is given or declared twice",
    YAML_FEATURE "SCN-008" "a feature of YAML that scenarios do without",
    BAD_NUMBER "SCN-009" "a number is not readable or out of range",
    BAD_DURATION "SCN-010" "a duration is not readable or out of range",
    BAD_SIZE "SCN-011" "a size or rate is not readable or out of range",
    BAD_DATE "SCN-012" "a date is not readable or out of range",
    UNKNOWN_WORD "SCN-013" "a word is none of those that its field knows",
    UNKNOWN_HRESULT "SCN-014" "an HRESULT has no such documented name",
    UNKNOWN_RULE "SCN-015" "no documented rule has this id",
    UNKNOWN_TARGET "SCN-016" "a target does not exist",
    UNDECLARED "SCN-018" "a user, client, server or job is not declared",
    UNKNOWN_READING "SCN-019" "an open question or a reading of it does not exist",
    BAD_URL "SCN-020" "a URL is not readable or leads to no declared server",
    TIME_GOES_BACK "SCN-022" "a time lies before the time of an earlier step",
    BAD_COMBINATION "SCN-023" "fields that exclude or need each other",
    EXCEPT_ELSEWHERE "SCN-024" "`except`, `only` or `only_on` names a target that the scenario does not run on",
    EMPTY "SCN-025" "nothing stands where something is needed",
    TOO_MANY "SCN-026" "more of something than a scenario may have",
    CONTRADICTION "SCN-027" "two places of the scenario contradict each other",
    UNKNOWN_FORMAT "SCN-028" "the format number is not known",
    OTHER_SERVICE "SCN-029" "a rule belongs to a service that the scenario does not run on",
    NOT_IN_NEVER "SCN-030" "a claim that `never` cannot watch",
    NEVER_CREATED "SCN-031" "a job is declared but never created",
    NOTHING_TO_HEAL "SCN-032" "`heal` finds no fault to end",
    SAME_AS_EXPECTED "SCN-033" "an `except` says the same as its `expect`",
    UNKNOWN_PATH "SCN-034" "a check is about a path that no job writes",
    UNUSED "SCN-035" "a server is declared but plays no part",
    SERVICE_LACKS "SCN-036" "a service that the scenario runs on does not have this",
    TAKEN_AS "SCN-037" "the service takes another value than the one given",
    NO_EFFECT "SCN-038" "a setting can never take effect, or a claim never hold",
    TOUCHES_NOTHING "SCN-039" "a fault that nothing ever meets",
    AFTER_THE_END "SCN-040" "a check stands where nothing can happen any more, or says what another says",
    NOT_EXERCISED "SCN-041" "a declared rule is not exercised on any target",
    NEVER_ASKED "SCN-042" "answers are given that nothing asks for",
    AND_MORE "SCN-099" "further mistakes were found but are not shown",
}

/// The ids of warnings that something declared plays no part.
pub(crate) const PLAYS_NO_PART: &[&str] = &[NEVER_CREATED, NOTHING_TO_HEAL, UNKNOWN_PATH, UNUSED];
