// refused: clippy::disallowed_methods
pub fn go() {
    drop(std::net::TcpStream::connect("127.0.0.1:1"));
}
