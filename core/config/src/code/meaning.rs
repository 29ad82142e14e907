//! `K03`: what the parts of a file mean together.

use super::{Code, codes};

codes! { MEANING:
    MISSING_INTERFACE = "K0301", "An instance without an interface.";
    LOOPBACK = "K0302", "An instance on the loopback interface.";
    MISSING_VRID = "K0303", "An instance without a virtual router id.";
    DUPLICATE_VRID = "K0304", "Two instances of one VRID on one interface.";
    DUPLICATE_NAME = "K0305", "Two instances or two scripts of one name.";
    IMPLIED_OWNER = "K0306", "`state MASTER` without a priority, which means 255.";
    PREEMPTION = "K0307", "`nopreempt` or `preempt_delay` that has no effect.";
    PASSWORD_CUT = "K0308", "A password longer than the 8 bytes that a packet carries.";
    AUTH_IGNORED = "K0309", "Authentication that is not used.";
    UNKNOWN_SCRIPT = "K0310", "A tracked script that is not defined.";
    DUPLICATE_ADDRESS = "K0311", "An address given twice in one instance.";
    MIXED_FAMILIES = "K0312", "An address of another family than the instance's.";
    TOO_MANY_ADDRESSES = "K0313", "More addresses than an advert can list.";
    NO_ADDRESS = "K0314", "An instance without a virtual address.";
    OWNER_TRACKING = "K0315", "A weighted script at priority 255, which never changes.";
    STRICT = "K0316", "What `vrrp_strict` changes or leaves out.";
    UNKNOWN_STATE = "K0317", "A `state` that is neither MASTER nor BACKUP.";
    NO_COMMAND = "K0318", "A script without a command.";
    DUPLICATE_TRACKING = "K0319", "A script that an instance tracks twice.";
    NO_INSTANCE = "K0320", "A file without any VRRP instance.";
}
