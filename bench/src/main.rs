//! bitsim measured next to other simulators and explorers.
mod child;
mod explorers;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    if let ["--child", "explore", how, parameters] = args.as_slice() {
        let model = explorers::bjl::Bjl::parse(parameters).expect("six numbers");
        let measured = explorers::run(how, model).expect("an explorer");
        let peak = child::peak_memory().unwrap_or(0);
        print!("{}", measured.with("peak", peak).to_lines());
    }
}
