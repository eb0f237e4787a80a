//! Which pictures there are: each is one table, or some columns of it.

/// A picture, and where its figures are.
pub(crate) struct Picture {
    /// Its name below `plots`, without the ending.
    pub(crate) file: &'static str,
    pub(crate) title: &'static str,
    pub(crate) page: &'static str,
    /// The title of the table's section, without its number.
    pub(crate) section: &'static str,
    pub(crate) shape: Shape,
}

/// What becomes of a table.
#[derive(Clone, Copy)]
pub(crate) enum Shape {
    /// A group of bars for each row, a bar for each of these columns.
    Bars { columns: &'static [&'static str], unit: &'static str },
    /// A line for each row; the header says at which x a column stands.
    Rows { x: &'static str, y: &'static str },
    /// A line for each of these columns, over the rows whose name begins so; behind that is the x.
    Columns { begin: &'static str, columns: &'static [&'static str], x: &'static str, y: &'static str },
}

const CRATE: &str = "bench.md";
const PACKAGE: &str = "bench-python.md";

pub(crate) const PICTURES: &[Picture] = &[
    Picture {
        file: "checks",
        title: "Asking whether to stop",
        page: CRATE,
        section: "Asking whether to stop",
        shape: Shape::Bars { columns: &["median ns"], unit: "nanoseconds" },
    },
    Picture {
        file: "blocks",
        title: "Starting and ending a block",
        page: CRATE,
        section: "Starting and ending a block",
        shape: Shape::Bars { columns: &["median ns"], unit: "nanoseconds" },
    },
    Picture {
        file: "threads",
        title: "Many threads, each with its own blocks",
        page: CRATE,
        section: "Many threads, each with its own blocks",
        shape: Shape::Rows { x: "threads", y: "operations a microsecond, all threads together" },
    },
    Picture {
        file: "reaction-main",
        title: "From the signal to the main thread's reaction",
        page: CRATE,
        section: "From the signal to the code that reacts",
        shape: Shape::Bars { columns: &["main p50 us", "main p99 us"], unit: "microseconds" },
    },
    Picture {
        file: "reaction-other",
        title: "From the signal to another thread's reaction",
        page: CRATE,
        section: "From the signal to the code that reacts",
        shape: Shape::Bars { columns: &["other p50 us", "other p99 us"], unit: "microseconds" },
    },
    Picture {
        file: "ends",
        title: "From the signal to the end",
        page: CRATE,
        section: "From the signal to the end",
        shape: Shape::Bars { columns: &["p50 ms", "p99 ms"], unit: "milliseconds" },
    },
    Picture {
        file: "overshoot",
        title: "How late a deadline strikes",
        page: CRATE,
        section: "How late a deadline strikes",
        shape: Shape::Bars { columns: &["p50 ms", "p99 ms"], unit: "milliseconds" },
    },
    Picture {
        file: "crowd-cost",
        title: "A block among many open blocks",
        page: CRATE,
        section: "One signal among many open blocks",
        shape: Shape::Columns {
            begin: "guards: ",
            columns: &["start ns", "end ns"],
            x: "open blocks",
            y: "nanoseconds",
        },
    },
    Picture {
        file: "crowd-signal",
        title: "One signal among many open blocks",
        page: CRATE,
        section: "One signal among many open blocks",
        shape: Shape::Columns {
            begin: "guards: ",
            columns: &["is_requested() p50 us", "wait() p50 us"],
            x: "open blocks",
            y: "microseconds",
        },
    },
    Picture {
        file: "python-blocks",
        title: "A new object for each block",
        page: PACKAGE,
        section: "A new object for each block",
        shape: Shape::Bars { columns: &["median ns"], unit: "nanoseconds" },
    },
    Picture {
        file: "python-again",
        title: "One object, entered again",
        page: PACKAGE,
        section: "One object, entered again",
        shape: Shape::Bars { columns: &["median ns"], unit: "nanoseconds" },
    },
    Picture {
        file: "python-checks",
        title: "allow_break()",
        page: PACKAGE,
        section: "allow_break()",
        shape: Shape::Bars { columns: &["median ns"], unit: "nanoseconds" },
    },
    Picture {
        file: "python-exception",
        title: "From a pending event to the exception",
        page: PACKAGE,
        section: "From a pending event to the exception",
        shape: Shape::Bars { columns: &["p50 us", "p99 us"], unit: "microseconds" },
    },
    Picture {
        file: "python-overshoot",
        title: "How late a deadline strikes, in Python",
        page: PACKAGE,
        section: "How late a deadline strikes",
        shape: Shape::Bars { columns: &["p50 ms", "p99 ms"], unit: "milliseconds" },
    },
    Picture {
        file: "python-ends",
        title: "From kill to reaped, in Python",
        page: PACKAGE,
        section: "From kill to reaped",
        shape: Shape::Bars { columns: &["p50 ms", "p90 ms"], unit: "milliseconds" },
    },
    Picture {
        file: "python-import",
        title: "The import: its time",
        page: PACKAGE,
        section: "The import",
        shape: Shape::Bars { columns: &["ms"], unit: "milliseconds" },
    },
    Picture {
        file: "python-memory",
        title: "The import: its memory, and the wheel",
        page: PACKAGE,
        section: "The import",
        shape: Shape::Bars { columns: &["KB", "wheel KB"], unit: "kilobytes" },
    },
];
