//! VRRP adverts of versions 2 and 3.

mod rejection;

pub use rejection::{REJECTIONS, Rejection};
