use super::*;
use crate::rules::download::testing::{INVALID_STATE, OK, Tale, of};
use bitsim_vocab::download::Row;
use bitsim_vocab::trace::{FileChange, Timer};
use bitsim_vocab::{Reply, Target};

const INVALIDARG: Hresult = Hresult::E_INVALIDARG;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn fresh() -> Tale {
    Tale::on(Target::DO_DOWNLOAD).create()
}

fn url() -> Value {
    text("https://files.example/2")
}

#[test]
fn a_timeout_is_a_minute_at_least() {
    let rule = RuleId::DOD_RETRY_001;
    let set = |secs, hr| Tale::windows().set(P::NoProgressTimeoutSeconds, Value::Number(secs), hr);
    set(60, OK).follows(rule);
    set(59, INVALIDARG).follows(rule);
    set(59, OK).breaks(rule);
    set(60, INVALIDARG).breaks(rule);
    let agent = Tale::agent();
    agent.set(P::NoProgressTimeoutSeconds, Value::Number(10), OK).leaves(rule);
}

#[test]
fn an_unknown_number_is_refused() {
    let rule = RuleId::DOD_PROP_001;
    for tale in Tale::both() {
        let call = DownloadCall::GetProperty(99);
        tale.clone().call(call.clone(), Hresult::DO_E_UNKNOWN_PROPERTY_ID).follows(rule);
        tale.clone().call(call, OK).breaks(rule);
        let call = DownloadCall::SetProperty(99, text("x"));
        tale.clone().call(call.clone(), Hresult::DO_E_UNKNOWN_PROPERTY_ID).follows(rule);
        tale.call(call, OK).breaks(rule);
    }
}

#[test]
fn write_only_properties_cannot_be_read() {
    let rule = RuleId::DOD_PROP_002;
    let code = Hresult::DO_E_WRITE_ONLY_PROPERTY;
    fresh().get(P::SecurityFlags, code, Reply::None).follows(rule);
    fresh().get(P::SecurityFlags, OK, Reply::Value(Value::Number(0))).breaks(rule);
}

#[test]
fn an_unset_property_has_no_value() {
    let rule = RuleId::DOD_PROP_003;
    fresh().get(P::Uri, Hresult::E_NOT_SET, Reply::None).follows(rule);
    fresh().get(P::Uri, OK, Reply::Value(text(""))).breaks(rule);
}

#[test]
fn the_id_is_read_only() {
    let rule = RuleId::DOD_PROP_004;
    for tale in Tale::both() {
        tale.clone().get(P::Id, OK, Reply::Value(Value::Guid(7))).follows(rule);
        tale.clone().get(P::Id, OK, Reply::Value(Value::Guid(8))).breaks(rule);
        tale.clone().set(P::Id, text("x"), Hresult::DO_E_READ_ONLY_PROPERTY).follows(rule);
        tale.clone().set(P::Id, text("x"), OK).breaks(rule);
        // A file that goes with the age of the download is not the work of the call.
        let refused = tale.start().at(1).set(P::Id, text("x"), Hresult::DO_E_READ_ONLY_PROPERTY);
        refused.clone().file(FileChange::OutputDeleted).breaks(rule);
        refused.fired(Timer::AgeLimit).file(FileChange::OutputDeleted).follows(rule);
    }
}

#[test]
fn uri_and_path_depend_on_the_state() {
    let rule = RuleId::DOD_PROP_005;
    for tale in Tale::both() {
        tale.clone().set(P::Uri, url(), INVALID_STATE).breaks(rule);
        let moves = tale.clone().start().at(1);
        let rests = moves.clone().pause().at(2);
        moves.clone().set(P::Uri, url(), INVALID_STATE).follows(rule);
        moves.clone().set(P::Uri, url(), OK).breaks(rule);
        rests.clone().set(P::Uri, url(), OK).follows(rule);
        rests.clone().set(P::Uri, url(), INVALID_STATE).breaks(rule);
        rests.clone().set(P::LocalPath, text("C:\\x"), INVALID_STATE).follows(rule);
        rests.set(P::LocalPath, text("C:\\x"), OK).breaks(rule);
    }
}

#[test]
fn other_properties_can_be_set_until_the_end() {
    let rule = RuleId::DOD_PROP_006;
    for tale in Tale::both() {
        let moves = tale.start().at(1);
        let timeout = (P::NoProgressTimeoutSeconds, Value::Number(90));
        moves.clone().set(timeout.0, timeout.1.clone(), OK).follows(rule);
        moves.set(timeout.0, timeout.1, INVALID_STATE).breaks(rule);
    }
    let moves = Tale::windows().start().at(1);
    moves.clone().set(P::CostPolicy, Value::Number(0), OK).follows(rule);
    moves.set(P::ForegroundPriority, Value::Flag(true), INVALID_STATE).breaks(rule);
    let tale = Tale::windows().call(DownloadCall::Abort, OK);
    let tale = tale.to(of(DownloadState::Aborted), Row::Abort).at(1);
    tale.clone().set(P::CostPolicy, Value::Number(0), INVALID_STATE).follows(RuleId::DOD_PROP_005);
    tale.set(P::CostPolicy, Value::Number(0), OK).breaks(RuleId::DOD_PROP_005);
}

#[test]
fn a_bad_uri_is_refused_and_forgotten() {
    let rule = RuleId::DOD_PROP_007;
    for tale in Tale::both() {
        tale.clone().set(P::Uri, text(""), INVALIDARG).follows(rule);
        tale.clone().set(P::Uri, text(""), OK).breaks(rule);
        let bad =
            tale.clone().set(P::Uri, text("ftp://files.example/1"), Hresult::INET_E_INVALID_URL);
        bad.follows(rule);
        tale.clone().set(P::Uri, text("ftp://files.example/1"), INVALIDARG).breaks(rule);
        let old = Reply::Value(text("http://files.example/1"));
        bad.clone().get(P::Uri, OK, old).follows(rule);
        bad.get(P::Uri, OK, Reply::Value(text("ftp://files.example/1"))).breaks(rule);
    }
}

#[test]
fn a_value_reads_back_as_it_was_set() {
    let rule = RuleId::DOD_PROP_008;
    for tale in Tale::both() {
        let tale = tale.number(P::NoProgressTimeoutSeconds, 90);
        let property = P::NoProgressTimeoutSeconds;
        tale.clone().get(property, OK, Reply::Value(Value::Number(90))).follows(rule);
        tale.clone().get(property, OK, Reply::Value(Value::Number(60))).breaks(rule);
        tale.get(property, Hresult::E_NOT_SET, Reply::None).breaks(rule);
    }
}

#[test]
fn there_is_one_sink() {
    let rule = RuleId::DOD_PROP_011;
    let code = Hresult::DO_E_FILE_DOWNLOADSINK_ALREADY_SET;
    Tale::windows().set(P::StreamInterface, Value::Object, code).follows(rule);
    Tale::windows().set(P::StreamInterface, Value::Object, OK).breaks(rule);
    let stream = fresh().set(P::StreamInterface, Value::Object, OK);
    stream.clone().set(P::LocalPath, text("C:\\x"), code).follows(rule);
    stream.set(P::LocalPath, text("C:\\x"), OK).breaks(rule);
}

#[test]
fn defaults() {
    let rule = RuleId::DOD_PROP_014;
    fresh().get(P::NonVolatile, OK, Reply::Value(Value::Flag(false))).follows(rule);
    fresh().get(P::NonVolatile, OK, Reply::Value(Value::Flag(true))).breaks(rule);
    fresh().get(P::CallbackFreqSeconds, OK, Reply::Value(Value::Number(1))).follows(rule);
    fresh().get(P::CallbackFreqSeconds, OK, Reply::Value(Value::Number(5))).breaks(rule);
}

#[test]
fn there_are_six_cost_policies() {
    let rule = RuleId::DOD_COST_001;
    Tale::windows().set(P::CostPolicy, Value::Number(5), OK).follows(rule);
    Tale::windows().set(P::CostPolicy, Value::Number(6), INVALIDARG).follows(rule);
    Tale::windows().set(P::CostPolicy, Value::Number(6), OK).breaks(rule);
}
