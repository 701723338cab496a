//! The checks, a folder for each service, a module for each family of the catalogue.
//!
//! A family is a struct that keeps what it must remember from one event to the next, with
//! `CHECKED` (the rules it can find broken), `new`, `observe` and, where a rule is about something
//! that must happen, `finish`. `observe` runs before the view takes the event in. BITS and
//! Delivery Optimization behind the same interfaces share a view; downloads have one of their own.

macro_rules! families {
    ($view:ty; $($module:ident :: $family:ident,)*) => {
        $(mod $module;)*

        /// The rules that each family checks.
        pub(crate) const CHECKED: &[&[bitsim_vocab::RuleId]] = &[$($module::CHECKED,)*];

        /// Every family of checks.
        #[derive(Debug, Clone)]
        pub(crate) struct Families {
            $($module: $module::$family,)*
        }

        impl Families {
            pub(crate) fn new(setup: &bitsim_vocab::world::Setup) -> Self {
                Self { $($module: $module::$family::new(setup),)* }
            }

            pub(crate) fn observe(
                &mut self,
                view: &$view,
                event: &bitsim_vocab::Event,
                out: &mut crate::findings::Findings,
            ) {
                $(self.$module.observe(view, event, out);)*
            }

            pub(crate) fn finish(
                &mut self,
                view: &$view,
                end: bitsim_vocab::trace::End,
                last: &bitsim_vocab::Event,
                out: &mut crate::findings::Findings,
            ) {
                $(self.$module.finish(view, end, last, out);)*
            }
        }
    };
}

mod about;
pub(crate) mod bits;
pub(crate) mod download;
pub(crate) mod legacy;
#[cfg(test)]
mod testing;
