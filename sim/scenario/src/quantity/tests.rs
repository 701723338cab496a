use super::*;

#[test]
fn durations() {
    assert_eq!(span("40ms"), Ok(Span::millis(40)));
    assert_eq!(span("3d 1h"), Ok(Span::secs(3 * 86_400 + 3_600)));
    assert_eq!(span("0s"), Ok(Span::ZERO));
    let bad_ones = [
        "",
        " ",
        "10",
        "1.5h",
        "1h 1h",
        "1h 2d",
        "-3s",
        "10 m",
        "x",
        "3d1h",
        "1000000d",
        "99999999999999999999s",
        "18446744073709551615d",
    ];
    for bad in bad_ones {
        assert!(span(bad).is_err(), "{bad}");
    }
    assert_eq!(span("10min").unwrap_err().better.as_deref(), Some("10m"));
    assert_eq!(span("0").unwrap_err().better.as_deref(), Some("0s"));
}

#[test]
fn what_was_meant_by_a_duration() {
    let pairs = [
        ("1.5h", "1h 30m"),
        ("1,5 h", "1h 30m"),
        ("0.25 s", "250ms"),
        ("10 minutes", "10m"),
        ("0,125 s", "125ms"),
        ("10 MIN", "10m"),
        ("5H", "5h"),
        ("5m0s", "5m"),
        ("1h30m", "1h 30m"),
        ("30m 1h", "1h 30m"),
        ("2w", "14d"),
        ("PT10M", "10m"),
        ("pt5m0s", "5m"),
        ("P1DT2H", "1d 2h"),
        ("P2W", "14d"),
    ];
    for (text, better) in pairs {
        assert_eq!(span(text).unwrap_err().better.as_deref(), Some(better), "{text}");
    }
    let unclear = [
        "10",
        "x",
        "h",
        "10:00",
        "00:01:30",
        "1.2.3h",
        "-5s",
        "400000d",
        "9999999999999999999h",
        // Minutes or months.
        "5M",
        "1h 30M",
        "P1M",
        "P1MT5M",
        "P1Y",
        "PT5D",
        "P10S",
        "P",
        "PT",
        // One and a half, or fifteen hundred.
        "1,500s",
        "1.500 h",
        "1h 1h",
        // No whole number of ticks.
        "0.00000001s",
    ];
    for unclear in unclear {
        assert_eq!(span(unclear).unwrap_err().better, None, "{unclear}");
    }
    let why = span("00:01:30").unwrap_err().why;
    assert!(why.ends_with("as a duration this is `1m 30s`"), "{why}");
}

#[test]
fn bits_are_not_taken_for_bytes() {
    for text in ["8 Mb", "2 Gb", "100 mb", "4 kib", "1.5 Gb", "8 Mbps", "64 kbps", "512 bps"] {
        let flaw = bytes(text).unwrap_err();
        assert_eq!((flaw.why.as_str(), flaw.better), (BITS_OR_BYTES, None), "{text}");
    }
    for text in
        ["8 Mbps", "64 kbps", "8Mb/s", "1.5 Gb/s", "8 Mb per second", "9 b/s", "8 Mb", "5 bps"]
    {
        let flaw = rate(text).unwrap_err();
        assert_eq!((flaw.why.as_str(), flaw.better), (BITS_OR_BYTES, None), "{text}");
    }
    assert_eq!(bytes("10 b").unwrap_err().better.as_deref(), Some("10 B"));
    assert_eq!(rate("8 MBps").unwrap_err().better.as_deref(), Some("8 MB/s"));
    assert_eq!(rate("8 MB").unwrap_err().better.as_deref(), Some("8 MB/s"));
}

#[test]
fn the_same_quantity_in_other_words() {
    let alike = [
        ("1.5h", "1h 30m"),
        ("2w", "14d"),
        ("20d", "+20d"),
        ("1.5 GiB", "1536 MiB"),
        ("1,5 GB", "1500 MB"),
        ("8 Mbit/s", "1 MB/s"),
        ("1 MiB", "1 MiB/s"),
        ("1,000", "1000"),
        ("1, 000", "1000"),
        ("01.03.2026", "2026-03-01"),
        ("2026-3-1", "2026-03-01"),
    ];
    for (old, new) in alike {
        assert_eq!(same(old, new), Some(true), "{old} -> {new}");
    }
    let others = [
        ("5M", "5m"),
        ("P1M", "1m"),
        ("8 Mbps", "8 MB/s"),
        ("8 Mb", "8 MB"),
        ("1,500s", "1s 500ms"),
        ("10", "10s"),
        ("10m", "11m"),
        ("3/1/2026", "2026-03-01"),
    ];
    for (old, new) in others {
        assert_eq!(same(old, new), Some(false), "{old} -> {new}");
    }
    assert_eq!(same("payrol", "payroll"), None);
}

#[test]
fn what_was_meant_by_a_size_a_number_or_a_date() {
    let sizes = [
        ("1.5 GiB", "1536 MiB"),
        ("0,5 GiB", "512 MiB"),
        ("0.125 KiB", "128 B"),
        ("100 MIB", "100 MiB"),
        ("1.5 kB", "1500 B"),
        ("104,857,600", "104857600"),
    ];
    for (text, better) in sizes {
        assert_eq!(bytes(text).unwrap_err().better.as_deref(), Some(better), "{text}");
    }
    for unclear in ["1 PiB", "MiB", "1.0000001 GiB", "100 M", "lots", "1,500 KiB", "0.125"] {
        assert_eq!(bytes(unclear).unwrap_err().better, None, "{unclear}");
    }
    for (text, better) in [("8 Mbit/s", "1 MB/s"), ("1 MiB per second", "1 MiB/s")] {
        assert_eq!(rate(text).unwrap_err().better.as_deref(), Some(better), "{text}");
    }
    for text in ["1,000", "1.000", "1_000", "1'000", "1 000"] {
        assert_eq!(whole(text).unwrap_err().better.as_deref(), Some("1000"), "{text}");
    }
    assert_eq!(whole("1.5").unwrap_err().better, None);
    let dates = [
        ("01.03.2026", "2026-03-01"),
        ("2026-3-1", "2026-03-01"),
        ("2026/3/1", "2026-03-01"),
        ("2026-03-01T00:30:00+01:00", "2026-02-28T23:30:00Z"),
        ("2026-03-01T12:00:00-08:00", "2026-03-01T20:00:00Z"),
    ];
    for (text, better) in dates {
        assert_eq!(wall_time(text).unwrap_err().better.as_deref(), Some(better), "{text}");
    }
    for unclear in ["3/1/2026", "2026-02-30", "30.02.2026", "soon", "2026"] {
        assert_eq!(wall_time(unclear).unwrap_err().better, None, "{unclear}");
    }
}

#[test]
fn every_span_reads_back_as_it_is_shown() {
    for ticks in [0, 1, 10_000, 12_345_678, 864_000_000_000, 987_654_321_012_345] {
        assert_eq!(span(&Span(ticks).to_string()), Ok(Span(ticks)));
    }
}

#[test]
fn signed_durations() {
    assert_eq!(signed_ticks("+20d"), Ok(20 * 864_000_000_000));
    assert_eq!(signed_ticks("-1h"), Ok(-36_000_000_000));
    assert_eq!(signed_ticks("20d").unwrap_err().better.as_deref(), Some("+20d"));
    assert_eq!(signed_ticks("-1.5h").unwrap_err().better.as_deref(), Some("-1h 30m"));
    assert!(signed_ticks("--1h").is_err());
}

#[test]
fn sizes_and_rates() {
    assert_eq!(bytes("512"), Ok(512));
    assert_eq!(bytes("0 B"), Ok(0));
    assert_eq!(bytes("4 KiB"), Ok(4_096));
    assert_eq!(bytes("900MiB"), Ok(900 << 20));
    assert_eq!(bytes("2 MB"), Ok(2_000_000));
    assert_eq!(bytes("4 kiB").unwrap_err().better.as_deref(), Some("4 KiB"));
    for bad in ["", "MiB", "1.5 GiB", "-1", "8388608 TiB", "99999999999999999999", "1 PiB"] {
        assert!(bytes(bad).is_err(), "{bad}");
    }
    assert_eq!(rate("1 MiB/s"), Ok(1 << 20));
    assert_eq!(rate("0"), Ok(0));
    assert_eq!(rate("64 KiB").unwrap_err().better.as_deref(), Some("64 KiB/s"));
    assert!(rate("2 TiB/s").is_err());
}

#[test]
fn numbers() {
    assert_eq!(whole("0x40"), Ok(64));
    assert_eq!(whole("257"), Ok(257));
    for bad in ["", "0x", "-1", "1e3", "18446744073709551616", "1_000", "0xG"] {
        assert!(whole(bad).is_err(), "{bad}");
    }
}

#[test]
fn dates_read_back_as_the_wall_clock_shows_them() {
    assert_eq!(wall_time("2026-01-01T00:00:00Z"), Ok(WallTime::DEFAULT_START));
    assert_eq!(wall_time("2026-01-01"), Ok(WallTime::DEFAULT_START));
    for text in ["1601-01-01T00:00:00.000Z", "2028-02-29T23:59:59.999Z", "9999-12-31T12:00:00.000Z"]
    {
        assert_eq!(wall_time(text).map(|time| time.to_string()).as_deref(), Ok(text));
    }
    let bad_ones = [
        "",
        "2026",
        "2026-13-01",
        "2026-02-29",
        "1600-12-31",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00",
        "2026-01-01T00:00:00+01:00",
        "2026-1-1",
        "20260-01-01",
        "2026-01-01TZ",
        "2026-01-01T00:00:00.1Z",
        "2026-00-10",
        "2026-01-00",
    ];
    for bad in bad_ones {
        assert!(wall_time(bad).is_err(), "{bad}");
    }
}
