//! BRL(N, M): N jobs that try again M times each, as a bare loop of timers. Job `j` is first due at
//! `mix(j) % 600000` ms. Each time it tries, fails, and is due again 600 to 660 s later; the M-th
//! failure is its last. No transfer, no queue, no calls: what a simulator's own timers cost.

/// The last error of a job that failed: the name of the server cannot be resolved.
pub const FAILED: u32 = 0x8007_2EE7;

/// Where a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum St {
    TransientError,
    Connecting,
    Error,
}

/// A job with its error object.
#[derive(Debug, Clone, Copy)]
pub struct Job {
    number: u64,
    st: St,
    attempts: u64,
    errors: u32,
    last_error: Option<u32>,
    /// When its timer ends, in milliseconds.
    pub due: u64,
}

impl Job {
    pub fn new(number: u64) -> Self {
        let due = mix(number) % 600_000;
        Self { number, st: St::TransientError, attempts: 0, errors: 0, last_error: None, due }
    }

    /// Its timer has ended. What this adds to the check sum; whether it waits again.
    pub fn expire(&mut self, most: u64) -> (u64, bool) {
        self.st = St::Connecting;
        self.attempts += 1;
        self.errors += 1;
        self.last_error = Some(FAILED);
        let id = self.number << 32 | self.attempts;
        let sum = mix(id ^ self.due.rotate_left(17));
        self.st = if self.attempts == most { St::Error } else { St::TransientError };
        self.due += 600_000 + mix(id) % 60_000;
        (sum, self.st == St::TransientError)
    }

    /// Whether it failed as often as it tried.
    pub fn is_sound(&self) -> bool {
        u64::from(self.errors) == self.attempts && self.last_error == Some(FAILED)
    }
}

/// The finaliser of splitmix64.
pub fn mix(number: u64) -> u64 {
    let z = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ z >> 31
}
