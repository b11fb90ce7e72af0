// Rust: members sorted by offset, enums with content, names that C would not allow.
#![crate_type = "lib"]
#![no_std]
pub enum Outline { Square(u32), Text { letter: u8, count: u64 }, Empty }
pub struct Ordered { pub small: u8, pub large: u64, pub middle: u16, pub pair: (u8, u32) }
pub struct Wrapper<T> { pub inner: T }
#[no_mangle]
pub extern "C" fn area(outline: &Outline, order: &Ordered, w: &Wrapper<i16>) -> u64 {
    match outline { Outline::Square(r) => *r as u64 + order.large, Outline::Text { count, .. } => *count, Outline::Empty => w.inner as u64 }
}
