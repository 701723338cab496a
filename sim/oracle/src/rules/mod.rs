//! The checks, one module for each family of the catalogue.
//!
//! A family is a struct that keeps what it must remember from one event to the next, with
//! `CHECKED` (the rules it can find broken), `new`, `observe` and, where a rule is about something
//! that must happen, `finish`. `observe` runs before the view takes the event in.

use crate::findings::Findings;
use crate::view::View;
use bitsim_vocab::trace::End;
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Event, RuleId};

macro_rules! families {
    ($($module:ident :: $family:ident,)*) => {
        $(mod $module;)*

        /// The rules that each family checks.
        pub(crate) const CHECKED: &[&[RuleId]] = &[$($module::CHECKED,)*];

        /// Every family of checks.
        #[derive(Debug, Clone)]
        pub(crate) struct Families {
            $($module: $module::$family,)*
        }

        impl Families {
            pub(crate) fn new(setup: &Setup) -> Self {
                Self { $($module: $module::$family::new(setup),)* }
            }

            pub(crate) fn observe(&mut self, view: &View, event: &Event, out: &mut Findings) {
                $(self.$module.observe(view, event, out);)*
            }

            pub(crate) fn finish(&mut self, view: &View, end: End, last: &Event, out: &mut Findings) {
                $(self.$module.finish(view, end, last, out);)*
            }
        }
    };
}

mod about;
#[cfg(test)]
mod testing;

families! {
    state::State,
    resume::Resume,
    suspend::Suspend,
    complete::Complete,
    cancel::Cancel,
    progress::Progress,
    times::Times,
    file::File,
    notify::Notify,
    net::Net,
    grouppolicy::Grouppolicy,
    user::User,
    error::Error,
    errcount::ErrCount,
    retry::Retry,
    httpstatus::HttpStatus,
    sched::Sched,
    service::Service,
    addfile::Addfile,
    create::Create,
    prop::Prop,
    enumerate::Enumerate,
}
