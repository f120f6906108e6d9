import pytest
from serving import greet, make_authority, serving


@pytest.fixture(scope="session")
def authority_folder(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def serve(authority_folder):
    """`with serve(answer) as served: ...`"""

    def serve(answer=greet):
        return serving(authority_folder, answer)

    return serve
