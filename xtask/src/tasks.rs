//! The tasks, one file each.

pub(crate) mod bench;
pub(crate) mod demo;
pub(crate) mod lint;
pub(crate) mod loom;
pub(crate) mod msrv;
pub(crate) mod portable;
pub(crate) mod prove;
pub(crate) mod python;
pub(crate) mod sanitize;
pub(crate) mod targets;
pub(crate) mod test;
pub(crate) mod windows;
