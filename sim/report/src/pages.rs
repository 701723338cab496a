//! The documentation pages that rules cite: from the short name in the catalogue to a title and,
//! where it can be derived, an address.

/// A page, or another source, as a person would name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its title.
    pub title: String,
    /// Its address without `https://`, if the name tells it.
    pub address: Option<String>,
}

/// The page with this name in the catalogue. `service` is the one that the rule is about; the same
/// short name lives in different places for BITS and for Delivery Optimization. `None` for the
/// texts that have no page of their own.
#[must_use]
pub fn page(name: &str, service: &str) -> Option<Page> {
    match seed(name) {
        Seed::No => {}
        Seed::CopyOf(page_name) => return page(page_name, service),
        Seed::Unnamed => return None,
    }
    let by_name = |title: String| Some(Page { title, address: None });
    if let Some((kind, rest)) = name.split_once(':') {
        return by_name(match kind {
            "do-client" if rest == "observed" => "microsoft/do-client, observed runs".to_owned(),
            "do-client" => format!("microsoft/do-client, {rest}"),
            "windows-sdk" => format!("Windows SDK header {rest}"),
            "winget-cli" => format!("microsoft/winget-cli, {rest}"),
            _ => name.to_owned(),
        });
    }
    if let Some(section) = name.strip_prefix("mc-bup ") {
        return by_name(format!("[MC-BUP] section {section}"));
    }
    if name.ends_with(".h") {
        return by_name(format!("Windows SDK header {name}"));
    }
    let superseded =
        name.strip_prefix("mt").is_some_and(|id| id.bytes().all(|b| b.is_ascii_digit()));
    if superseded || name.contains([' ', '.', '/']) {
        // Event log entries, support articles, superseded pages known by a number.
        return by_name(name.to_owned());
    }
    Some(reference(name).unwrap_or_else(|| desktop(name, service)))
}

/// The seed texts of the catalogue have file names. Some are copies of a page, the others are not
/// worth a line beside the pages that every rule cites with them.
enum Seed {
    No,
    CopyOf(&'static str),
    Unnamed,
}

fn seed(name: &str) -> Seed {
    if !name.ends_with(".txt") {
        Seed::No
    } else if name.starts_with("000_") {
        Seed::CopyOf("nf-bits-ibackgroundcopyjob-geterrorcount")
    } else if name.starts_with("004_") {
        Seed::CopyOf("ibackgroundcopyerror")
    } else {
        Seed::Unnamed
    }
}

/// A page of the API reference: `nf-bits-ibackgroundcopyjob-geterrorcount`.
fn reference(name: &str) -> Option<Page> {
    let (kind, rest) = name.split_once('-')?;
    if !["nf", "nn", "ne", "ns"].contains(&kind) {
        return None;
    }
    let (header, symbol) = rest.split_once('-')?;
    let title = match symbol.split_once('-') {
        Some((interface, method)) => format!("{}::{}", symbol_case(interface), symbol_case(method)),
        None => symbol_case(symbol),
    };
    let address = format!("learn.microsoft.com/windows/win32/api/{header}/{name}");
    Some(Page { title, address: Some(address) })
}

/// A page of the desktop documentation, of Windows deployment or of device management.
fn desktop(name: &str, service: &str) -> Page {
    let lower = name.to_ascii_lowercase();
    let interface = ["ibackgroundcopy", "ideliveryoptimization", "ienumbackground"]
        .iter()
        .any(|start| lower.starts_with(start));
    let title = if interface {
        format!("{} (Delivery Optimization)", interface_title(&lower))
    } else if lower.starts_with("bg-") {
        let structure = lower.trim_end_matches('-').replace('-', "_").to_ascii_uppercase();
        format!("{structure} (Delivery Optimization)")
    } else {
        sentence(&lower)
    };
    let folder = if interface || lower.starts_with("bg-") {
        "win32/delivery_optimization"
    } else if lower.starts_with("waas-") {
        "deployment/do"
    } else if lower.starts_with("policy-csp-") {
        "client-management/mdm"
    } else if service == "bits" {
        "win32/bits"
    } else {
        "win32/delivery_optimization"
    };
    Page { title, address: Some(format!("learn.microsoft.com/windows/{folder}/{name}")) }
}

fn interface_title(name: &str) -> String {
    let name = name.strip_suffix("-method").unwrap_or(name).trim_end_matches('-');
    match name.split_once('-') {
        Some((interface, "methods")) => format!("{} methods", symbol_case(interface)),
        Some((interface, method)) => format!("{}::{}", symbol_case(interface), symbol_case(method)),
        None => symbol_case(name),
    }
}

/// `life-cycle-of-a-bits-job` as `Life cycle of a BITS job`.
fn sentence(name: &str) -> String {
    let name = name.strip_prefix("waas-").unwrap_or(name).trim_end_matches('-');
    let mut title = String::new();
    for word in name.split('-') {
        if word == "s" && !title.is_empty() {
            title.push_str("'s");
            continue;
        }
        if !title.is_empty() {
            title.push(' ');
        }
        match word {
            "bits" | "com" | "http" | "iis" | "csp" | "do" | "id" | "faq" => {
                title.push_str(&word.to_ascii_uppercase());
            }
            "deliveryoptimization" => title.push_str("DeliveryOptimization"),
            "delivery" if name.contains("delivery-optimization") => title.push_str("Delivery"),
            "optimization" => title.push_str("Optimization"),
            _ if title.is_empty() => title.push_str(&capitalized(word)),
            _ => title.push_str(word),
        }
    }
    title
}

fn capitalized(word: &str) -> String {
    let mut chars = word.chars();
    match chars.next() {
        Some(first) => first.to_ascii_uppercase().to_string() + chars.as_str(),
        None => String::new(),
    }
}

/// `setnoprogresstimeout` as `SetNoProgressTimeout`, `bg_job_state` as `BG_JOB_STATE`. A name with
/// a word that is not in the list stays as it is.
fn symbol_case(name: &str) -> String {
    if name.contains('_') {
        return name.to_ascii_uppercase();
    }
    let letters = name.trim_end_matches(|c: char| c.is_ascii_digit());
    let mut words = Vec::new();
    if split_words(letters, &mut words) {
        words.concat() + &name[letters.len()..]
    } else {
        name.to_owned()
    }
}

/// Splits `rest` into known words, the longest first, taking back a choice that leads nowhere.
fn split_words(rest: &str, words: &mut Vec<&'static str>) -> bool {
    if rest.is_empty() {
        return true;
    }
    let mut fitting: Vec<&'static str> =
        WORDS.iter().copied().filter(|word| starts_with_ignoring_case(rest, word)).collect();
    fitting.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in fitting {
        words.push(word);
        if split_words(&rest[word.len()..], words) {
            return true;
        }
        words.pop();
    }
    false
}

fn starts_with_ignoring_case(text: &str, start: &str) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

/// The words that names of interfaces, methods and enumerations are made of, spelled as in them.
const WORDS: &[&str] = &[
    "ACL",
    "Abort",
    "Add",
    "Administration",
    "Age",
    "Background",
    "Bits",
    "ByID",
    "By",
    "Cache",
    "Caching",
    "Callback",
    "Cancel",
    "Certificate",
    "Change",
    "Clear",
    "Client",
    "Clone",
    "Cmd",
    "Complete",
    "Configuration",
    "Content",
    "Context",
    "Copy",
    "Cost",
    "Count",
    "Create",
    "Credentials",
    "Custom",
    "DO",
    "Data",
    "Delay",
    "Delete",
    "Delivery",
    "Description",
    "Display",
    "Download",
    "Downloaded",
    "Downloads",
    "Elevation",
    "Enum",
    "Error",
    "Ex",
    "File",
    "Files",
    "Filled",
    "Finalize",
    "Flags",
    "From",
    "Get",
    "Headers",
    "Helper",
    "Http",
    "I",
    "Id",
    "Integrity",
    "Interface",
    "Internal",
    "Is",
    "Job",
    "Jobs",
    "Level",
    "Line",
    "Local",
    "Make",
    "Manager",
    "Maximum",
    "Method",
    "Minimum",
    "Modification",
    "Name",
    "Next",
    "No",
    "Notify",
    "On",
    "Only",
    "Optimization",
    "Options",
    "Owner",
    "Ownership",
    "Pause",
    "Peer",
    "Policy",
    "Position",
    "Prefix",
    "Priority",
    "Progress",
    "Property",
    "Protocol",
    "Proxy",
    "Ranges",
    "Record",
    "Remote",
    "Remove",
    "Replace",
    "Reply",
    "Request",
    "Reset",
    "Resume",
    "Retry",
    "Security",
    "Server",
    "Set",
    "Settings",
    "Sid",
    "Size",
    "Skip",
    "Start",
    "State",
    "Stats",
    "Status",
    "Suspend",
    "Take",
    "Temporary",
    "Time",
    "Timeout",
    "Times",
    "Token",
    "Transferred",
    "Type",
    "Update",
    "Url",
    "Validate",
    "Validated",
    "Validation",
    "With",
    "Write",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn titled(name: &str, service: &str) -> (String, String) {
        let page = page(name, service).expect("a page");
        (page.title, page.address.unwrap_or_default())
    }

    #[test]
    fn reference_pages_get_the_names_of_the_api() {
        let (title, address) = titled("nf-bits-ibackgroundcopyjob-geterrorcount", "bits");
        assert_eq!(title, "IBackgroundCopyJob::GetErrorCount");
        assert_eq!(
            address,
            "learn.microsoft.com/windows/win32/api/bits/nf-bits-ibackgroundcopyjob-geterrorcount"
        );
        let title = |name| titled(name, "bits").0;
        assert_eq!(title("ne-bits-bg_job_state"), "BG_JOB_STATE");
        assert_eq!(
            title("nf-bits2_0-ibackgroundcopyfile2-setremotename"),
            "IBackgroundCopyFile2::SetRemoteName"
        );
        assert_eq!(title("nf-bits2_0-ibackgroundcopyjob3-setfileaclflags"), {
            "IBackgroundCopyJob3::SetFileACLFlags"
        });
        assert_eq!(title("ne-deliveryoptimization-dodownloadstate"), "DODownloadState");
    }

    #[test]
    fn concept_pages_read_as_titles() {
        assert_eq!(
            titled("life-cycle-of-a-bits-job", "bits"),
            (
                "Life cycle of a BITS job".to_owned(),
                "learn.microsoft.com/windows/win32/bits/life-cycle-of-a-bits-job".to_owned()
            )
        );
        assert_eq!(titled("what-s-new", "bits").0, "What's new");
        assert_eq!(
            titled("ibackgroundcopycallback-joberror-method", "do-legacy").0,
            "IBackgroundCopyCallback::JobError (Delivery Optimization)"
        );
        assert_eq!(
            titled("waas-delivery-optimization-reference", "do-download").1,
            "learn.microsoft.com/windows/deployment/do/waas-delivery-optimization-reference"
        );
        assert_eq!(titled("mc-bup 3.1.5.1.7", "bits").0, "[MC-BUP] section 3.1.5.1.7");
        assert_eq!(titled("mt811354", "do-legacy"), ("mt811354".to_owned(), String::new()));
    }

    #[test]
    fn file_names_of_seed_texts_are_never_shown() {
        assert_eq!(
            titled("000_1fccf0e1f0f692e2.txt", "bits").0,
            "IBackgroundCopyJob::GetErrorCount"
        );
        assert_eq!(page("001_7de88ee8256219a5.txt", "bits"), None);
    }
}
