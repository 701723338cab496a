//! Draws how long things wait.

use super::numbers::Numbers;
use crate::story::Job;
use bitsim_vocab::call::JobCall;
use bitsim_vocab::download::{DownloadProperty, Value};
use bitsim_vocab::world::Setup;
use bitsim_vocab::{Service, Span};

/// One millisecond, the grain of a story's times.
const MILLI: u64 = 10_000;
const HOUR: u64 = 3_600;

/// The times of a story.
#[derive(Debug)]
pub(super) struct Times {
    numbers: Numbers,
    /// Periods that the service knows: delays, timeouts, slices.
    periods: Vec<Span>,
    /// True if days may pass while something fails again and again.
    patient: bool,
}

impl Times {
    pub(super) fn new(setup: &Setup, jobs: &[Job], patient: bool, numbers: Numbers) -> Self {
        let mut periods = match setup.target.service {
            Service::Bits => vec![Span::secs(600), setup.time_slice],
            Service::DoLegacy | Service::DoDownload => {
                let mut periods = setup.delivery.retry_delays.clone();
                let figures = &setup.delivery;
                periods.extend([figures.notify_again, figures.connect_timeout]);
                periods.extend([figures.no_progress_foreground, figures.no_progress_background]);
                periods.extend(figures.network_check);
                periods
            }
        };
        for job in jobs {
            periods.extend(job.setters.iter().filter_map(|call| match call {
                JobCall::SetMinimumRetryDelay(secs)
                | JobCall::SetNoProgressTimeout(secs)
                | JobCall::SetMaximumDownloadTime(secs) => Some(Span::secs(u64::from(*secs))),
                _ => None,
            }));
            periods.extend(job.settings.iter().filter_map(|setting| match setting {
                (DownloadProperty::NoProgressTimeoutSeconds, Value::Number(secs)) => {
                    Some(Span::secs(*secs))
                }
                _ => None,
            }));
            periods.extend(job.answers.iter().map(|answer| answer.after));
        }
        periods.retain(|period| period.0 > 0 && (patient || period.as_secs() <= 2 * HOUR));
        Self { numbers, periods, patient }
    }

    /// Any time: none at all up to days.
    pub(super) fn any(&mut self) -> Span {
        let d = &mut self.numbers;
        match d.weighted(&[4, 3, 4, 4, 3, 1]) {
            0 => Span::ZERO,
            1 => Span::millis(d.within(1, 3_000)),
            2 => Span::secs(d.within(1, 120)),
            3 => self.period(),
            4 => Span::secs(60 * d.within(2, 90)),
            _ if self.patient => Span::secs(HOUR * d.within(2, 400)),
            _ => Span::secs(HOUR * d.within(1, 3)),
        }
    }

    /// A time as it passes between two acts of one client: often none.
    pub(super) fn short(&mut self) -> Span {
        let d = &mut self.numbers;
        match d.weighted(&[5, 3, 3, 3, 1]) {
            0 => Span::ZERO,
            1 => Span::millis(d.of(&[20, 40, 60, 80, 100])),
            2 => Span::millis(d.within(1, 3_000)),
            3 => Span::secs(d.within(1, 60)),
            _ => self.period(),
        }
    }

    /// While something is in transit.
    pub(super) fn under_way(&mut self) -> Span {
        let d = &mut self.numbers;
        match d.weighted(&[2, 4, 3, 3]) {
            0 => Span::ZERO,
            1 => Span::millis(d.within(30, 150)),
            2 => Span::millis(d.within(100, 6_000)),
            _ => Span::secs(d.within(1, 400)),
        }
    }

    /// Until what moves has arrived, mostly.
    pub(super) fn arrival(&mut self) -> Span {
        let d = &mut self.numbers;
        Span::secs(d.of(&[1, 10, 30, 30, 800, 2 * HOUR]))
    }

    /// A documented period, or a millisecond less or more.
    pub(super) fn period(&mut self) -> Span {
        if self.periods.is_empty() {
            return Span::secs(600);
        }
        let period = self.numbers.of(&self.periods);
        match self.numbers.below(8) {
            0 => Span(period.0 - MILLI.min(period.0)),
            1 => Span(period.0 + MILLI),
            2 => Span(period.0 / 2 / MILLI * MILLI),
            3 => Span(period.0 * 2),
            4 => Span(period.0 + 40 * MILLI),
            _ => period,
        }
    }

    /// While something keeps jobs waiting.
    pub(super) fn trouble(&mut self) -> Span {
        if self.patient && self.numbers.one_in(2) {
            return self.ages();
        }
        match self.numbers.weighted(&[2, 4, 3, 2]) {
            0 => Span::ZERO,
            1 => self.period(),
            2 => Span::secs(self.numbers.within(1, 120)),
            _ => Span::secs(60 * self.numbers.within(2, 60)),
        }
    }

    /// As long as jobs are kept: days or months.
    pub(super) fn ages(&mut self) -> Span {
        let day = self.numbers.of(&[1, 2, 7, 14, 14, 30, 90, 90, 91]);
        let days = Span::days(day);
        match self.numbers.below(6) {
            0 => Span(days.0 - MILLI),
            1 => Span(days.0 + MILLI),
            2 => Span(days.0 + 60 * 10_000_000),
            _ => days,
        }
    }
}
