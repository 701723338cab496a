//! The checks, a folder for each service, a module for each family of the catalogue.
//!
//! A family is a struct that keeps what it must remember from one event to the next, with
//! `CHECKED` (the rules it can find broken), `new`, `observe` and, where a rule is about something
//! that must happen, `finish`. `observe` runs before the view takes the event in. BITS and
//! Delivery Optimization behind the same interfaces share a view; downloads have one of their own.
//! The tables of the services say which `kinds` of events a family is shown.

/// The kinds that a family names; without any it wants everything.
macro_rules! wanted {
    () => {
        crate::rules::kinds::Kinds::ALL
    };
    ($($kind:ident)+) => {
        crate::rules::kinds::Kinds::of(&[$(crate::rules::kinds::Kind::$kind,)+])
    };
}

/// Code about the alarm of a family, if it has one.
macro_rules! if_wakes {
    (($($code:tt)*) ($($other:tt)*) wakes) => {
        $($code)*
    };
    (($($code:tt)*) ($($other:tt)*)) => {
        $($other)*
    };
}

/// Runs the same code for the kind of an event as if it were known when this is compiled.
macro_rules! by_kind {
    ($kind:expr, $known:ident => $code:expr; $($name:ident)*) => {
        match $kind {
            $(crate::rules::kinds::Kind::$name => {
                const $known: crate::rules::kinds::Kind = crate::rules::kinds::Kind::$name;
                $code
            })*
        }
    };
    ($kind:expr, $known:ident => $code:expr) => {
        by_kind! {
            $kind, $known => $code;
            Called Created DownloadCreated Standing StartReturned Requested State Moved Count
            ErrorInfo ErrorGone Granted SliceEnded AttemptBegan AttemptEnded Bytes File NoteBegan
            NoteEnded TimerArmed TimerFired TimerStopped Env UploadCancelRequested LeftQueue CallOver
        }
    };
}

macro_rules! families {
    ($view:ty; $($module:ident :: $family:ident $([$($kind:ident)+])? $($wakes:ident)?,)*) => {
        $(mod $module;)*

        /// The rules that each family checks.
        pub(crate) const CHECKED: &[&[bitsim_vocab::RuleId]] = &[$($module::CHECKED,)*];

        /// What each family always wants to see.
        #[allow(non_upper_case_globals)]
        mod wants {
            use crate::rules::kinds::Kinds;
            $(pub(super) const $module: Kinds = wanted!($($($kind)+)?);)*
        }

        /// Every family of checks.
        #[derive(Debug, Clone)]
        pub(crate) struct Families {
            $($module: $module::$family,)*
            alarms: Alarms,
            /// Everybody is shown everything: slow, and the measure of what is shown to few.
            pub(crate) all: bool,
        }

        /// From when on each family wants to see everything.
        #[derive(Debug, Clone)]
        #[allow(dead_code)] // Families that never wake have no use for theirs.
        struct Alarms {
            $($module: bitsim_vocab::SimTime,)*
            /// The first of these times.
            first: bitsim_vocab::SimTime,
        }

        impl Alarms {
            fn set_first(&mut self) {
                #[allow(unused_mut)] // As below.
                let mut first = crate::rules::kinds::NEVER;
                $(if_wakes! { (first = first.min(self.$module);) () $($wakes)? })*
                self.first = first;
            }
        }

        impl Families {
            pub(crate) fn new(setup: &bitsim_vocab::world::Setup) -> Self {
                #[allow(unused_mut)] // As below.
                let mut families = Self {
                    $($module: $module::$family::new(setup),)*
                    alarms: Alarms {
                        $($module: crate::rules::kinds::NEVER,)*
                        first: crate::rules::kinds::NEVER,
                    },
                    all: false,
                };
                $(if_wakes! {
                    (families.alarms.$module = families.$module.wakes();) () $($wakes)?
                })*
                families.alarms.set_first();
                families
            }

            /// Shows the event to those who want to see it. `call_over`: the effects of a call are
            /// complete.
            pub(crate) fn observe(
                &mut self,
                view: &$view,
                event: &bitsim_vocab::Event,
                call_over: bool,
                out: &mut crate::findings::Findings,
            ) {
                let kind = crate::rules::kinds::Kind::of(&event.what);
                if self.all || call_over || event.at >= self.alarms.first {
                    let kinds = match self.all {
                        true => crate::rules::kinds::Kinds::ALL,
                        false => crate::rules::kinds::Kinds::of_event(kind, call_over),
                    };
                    self.show(view, event, kinds, out);
                } else {
                    by_kind!(kind, KIND => self.show_only(
                        view,
                        event,
                        [$(const { wants::$module.has(KIND) },)*],
                        out,
                    ));
                }
            }

            /// Shows the event to those who want its kind.
            #[inline(always)]
            fn show_only(
                &mut self,
                view: &$view,
                event: &bitsim_vocab::Event,
                wanted: [bool; [$(stringify!($module)),*].len()],
                out: &mut crate::findings::Findings,
            ) {
                let [$($module,)*] = wanted;
                #[allow(unused_mut)] // Not every service has families that wake.
                let mut changed = false;
                $(if $module {
                    self.$module.observe(view, event, out);
                    if_wakes! {
                        (
                            let wakes = self.$module.wakes();
                            changed |= wakes != self.alarms.$module;
                            self.alarms.$module = wakes;
                        ) () $($wakes)?
                    }
                })*
                if changed {
                    self.alarms.set_first();
                }
            }

            /// Shows the event, which is of these kinds, also to those who were waiting for one.
            #[inline(never)]
            fn show(
                &mut self,
                view: &$view,
                event: &bitsim_vocab::Event,
                kinds: crate::rules::kinds::Kinds,
                out: &mut crate::findings::Findings,
            ) {
                $(
                    let rings = if_wakes! {
                        (event.at >= self.alarms.$module) (false) $($wakes)?
                    };
                    if rings || wants::$module.meets(kinds) {
                        self.$module.observe(view, event, out);
                        if_wakes! {
                            (self.alarms.$module = self.$module.wakes();) () $($wakes)?
                        }
                    }
                )*
                self.alarms.set_first();
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
mod kinds;
pub(crate) mod legacy;
#[cfg(test)]
mod testing;
