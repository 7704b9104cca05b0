//! The wall clock as the requests set it. The crate reads the clock itself and takes no time from its caller, so
//! this program answers the C library's question in its place. Monotonic clocks keep running.

use std::sync::atomic::{AtomicI64, Ordering};

/// Unix seconds; 0 means the real time.
static SECONDS: AtomicI64 = AtomicI64::new(0);

/// Sets the time; false where this system has no way to.
pub fn set_seconds(seconds: i64) -> bool {
    SECONDS.store(seconds, Ordering::Relaxed);
    cfg!(target_os = "linux")
}

/// Stands in for the C library's function of the same name, which the standard library calls.
///
/// # Safety
/// `out` must point to a writable `timespec`, as the C function demands.
#[cfg(target_os = "linux")]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn clock_gettime(
    clock: libc::clockid_t,
    out: *mut libc::timespec,
) -> libc::c_int {
    let seconds = SECONDS.load(Ordering::Relaxed);
    if clock == libc::CLOCK_REALTIME && seconds != 0 {
        unsafe {
            *out = libc::timespec {
                tv_sec: seconds,
                tv_nsec: 0,
            }
        };
        return 0;
    }
    unsafe { libc::syscall(libc::SYS_clock_gettime, clock, out) as libc::c_int }
}
