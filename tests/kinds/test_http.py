"""The web server: its pages, and a configuration that no page can change."""

import pytest
from pydantic import ValidationError


def test_each_page_is_a_file_with_exactly_its_text(one):
    server = one("http", pages={"/": "<title>Ü</title>", "/news/today.html": "{{ x }}\n"})
    assert server.files["/srv/pages/1.html"] == "<title>Ü</title>"
    assert server.files["/srv/pages/2.html"] == "{{ x }}\n"
    assert "location = /news/today.html {\n\t\t\ttry_files /2.html =404;" in server.files["/etc/nginx/lab.conf"]


def test_a_page_that_is_called_a_text_is_served_as_one(one):
    server = one("http", pages={"/": "<title>", "/rfc/rfc2324.txt": "Coffee\n"})
    assert server.files["/srv/pages/2.txt"] == "Coffee\n"
    assert "types {\n\t\ttext/plain txt;" in server.files["/etc/nginx/lab.conf"]


def test_a_web_server_has_a_page_even_if_none_is_given(one):
    assert one("http").setup.ready[0].send.startswith(b"GET / HTTP/1.1\r\n")


def test_readiness_asks_for_a_page_that_exists(one):
    assert one("http", pages={"/a.html": ""}).setup.ready[0].send.startswith(b"GET /a.html HTTP/1.1\r\n")


@pytest.mark.parametrize("path", ["", "x", "/a b", "/../etc", "/a/./b", "//", "/.hidden", "/a;}", "/a\n", "/%2e", "/ä"])
def test_a_path_that_could_say_something_else_to_nginx_is_refused(one, path):
    with pytest.raises(ValidationError, match="is no path; "):
        one("http", pages={path: "text"})


def test_a_mirror_shows_its_reader_the_address_and_port_that_the_server_sees(one):
    files = one("http", mirror="/me").files
    assert "location = /me {\n\t\t\tdefault_type text/plain;\n\t\t\tssi on;" in files["/etc/nginx/lab.conf"]
    assert 'echo var="remote_addr"' in files["/srv/pages/mirror.txt"]
    assert "ssi" not in one("http").files["/etc/nginx/lab.conf"]


def test_a_mirror_does_not_hang_where_a_page_is(one):
    (complaint,) = one("http", pages={"/me": "text"}, mirror="/me").complaints
    assert (complaint.at, complaint.what) == (("mirror",), "'/me' is a page already")


def test_the_headers_do_not_tell_when_the_files_were_written(one):
    configuration = one("http").files["/etc/nginx/lab.conf"]
    assert "etag off;" in configuration
    assert 'add_header Last-Modified "";' in configuration
