#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""tfc, installed and moved elsewhere, serves a project of its own through CMake, and a program through pkg-config.

    install.py BUILD_FOLDER ROOT CMAKE C_COMPILER C++_COMPILER PKG_CONFIG

The project is examples/CMakeLists.txt with examples/embed.cpp, copied out of the tree.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

SENTENCES = ["A man is eating food.", "A man eats something.", "The girl is carrying a baby."]
BY_NAME = """#include <tfc/tfc.h>
#include <stdio.h>
int main(void) {
  tfc_model *model = NULL;
  char message[256] = "";
  if (tfc_open("minilm.so", &model, message, sizeof message) != TFC_OK)
    return puts(message), 1;
  puts(tfc_task(model));
  tfc_close(model);
  return 0;
}
"""


def attempt(*words, **options):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, **options)


def run(*words, **options):
    done = attempt(*words, **options)
    assert done.returncode == 0, f"{words}: exit code {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


class Project:
    """A folder with a CMakeLists.txt, outside of tfc's tree."""

    def __init__(self, cmake, c, cxx, prefix, source):
        self.cmake, self.source = cmake, source
        self.options = ["-G", "Ninja", f"-DCMAKE_C_COMPILER={c}", f"-DCMAKE_CXX_COMPILER={cxx}", f"-DCMAKE_PREFIX_PATH={prefix}"]

    def configure(self, *options):
        return attempt(self.cmake, "-S", self.source, "-B", self.source / "build", *self.options, *options)

    def build(self):
        return run(self.cmake, "--build", self.source / "build")


def check_model_in_program(project, prefix):
    configured = project.configure(f"-DMODEL={pathlib.Path('model').resolve()}")
    assert configured.returncode == 0, configured.stdout + configured.stderr
    said = project.build()
    assert "Compiling the model minilm" in said, said
    run(prefix / "bin/tfc", "model", "-o", "minilm.so")
    texts = [word for text in SENTENCES for word in ("--text", text)]
    table = run(prefix / "bin/tfc", "run", "minilm.so", *texts, "--similarity").splitlines()[1].split()
    found = run(project.source / "build/embed", *SENTENCES).splitlines()
    expected = [f"{table[2 + i]}  {sentence}" for i, sentence in enumerate(SENTENCES[1:])]
    assert found == expected, f"expected {expected}, found {found}"


def check_it_is_compiled_again(project):
    """Exactly when a file of the model changes; and then the program is linked again."""
    assert "no work to do" in project.build()
    program = project.source / "build/embed"
    before = program.stat().st_mtime_ns
    vocabulary = pathlib.Path("model/vocab.txt")
    vocabulary.write_text(vocabulary.read_text().replace("\nfood\n", "\ndoof\n"))
    assert "Compiling the model minilm" in project.build()
    assert program.stat().st_mtime_ns > before, "the program was not linked again"
    assert "no work to do" in project.build()


def check_errors(project):
    for call, error in (("minilm nowhere", f"tfc_add_model(minilm): no such file or folder: {project.source}/nowhere"),
                        ("minilm . FAST", "tfc_add_model(minilm): expected OPTIONS or DEPENDS, found FAST")):
        (project.source / "CMakeLists.txt").write_text(
            f"cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES C)\nfind_package(tfc REQUIRED)\ntfc_add_model({call})\n")
        done = project.configure()
        assert done.returncode and error in " ".join(done.stderr.split()), done.stderr


def check_two_models_and_the_runtime(project):
    """In C, with options, from a folder and a text whose weights are named; and a program that opens by name."""
    root = pathlib.Path(sys.argv[2]) / "examples"
    for file in ("block.mlir", "block.safetensors"):
        shutil.copy(root / file, project.source)
    (project.source / "by-name.c").write_text(BY_NAME)
    (project.source / "two.c").write_text("""#include "block.h"
#include "minilm.h"
#include <stdio.h>
int main(void) {
  block_model *block;
  minilm_model *minilm;
  if (block_open(&block, NULL, 0) || minilm_open(&minilm, NULL, 0))
    return 1;
  printf("%s %s\\n", block_variant_name(block), minilm_variant_name(minilm));
  block_close(block);
  minilm_close(minilm);
  return 0;
}
""")
    (project.source / "CMakeLists.txt").write_text(f"""cmake_minimum_required(VERSION 3.25)
project(two LANGUAGES C CXX)
find_package(tfc 0.1 REQUIRED)
tfc_add_model(minilm {pathlib.Path("model").resolve()} OPTIONS --cpu=x86-64 --max-seq=16)
tfc_add_model(block block.mlir OPTIONS --cpu=x86-64 DEPENDS block.safetensors)
add_executable(two two.c)
target_link_libraries(two PRIVATE minilm block)
add_executable(by-name by-name.c)
target_link_libraries(by-name PRIVATE tfc::runtime)
""")
    done = project.configure()
    assert done.returncode == 0, done.stderr
    project.build()
    assert run(project.source / "build/two") == "x86-64 x86-64\n"
    assert run(project.source / "build/by-name") == "embed\n"


def check_pkg_config(pkg_config, c, prefix):
    environment = {**os.environ, "PKG_CONFIG_PATH": str(prefix / "lib/pkgconfig")}
    pathlib.Path("by-name.c").write_text(BY_NAME)
    flags = run(pkg_config, "--cflags", "--libs", "tfc", env=environment).split()
    run(c, "-std=c11", "by-name.c", *flags, "-o", "by-name")
    assert run("./by-name") == "embed\n"
    compiler = run(pkg_config, "--variable=compiler", "tfc", env=environment).strip()
    version = run(pkg_config, "--modversion", "tfc", env=environment).strip()
    assert run(compiler, "--version").startswith(f"tfc {version} ")


def main():
    build, root = (pathlib.Path(word).resolve() for word in sys.argv[1:3])
    cmake, c, cxx, pkg_config = sys.argv[3:7]
    with tempfile.TemporaryDirectory() as work:
        os.chdir(work)
        prefix = pathlib.Path(work, "a prefix")
        run(cmake, "--install", build, "--prefix", "installed")
        os.rename("installed", prefix)
        run(sys.executable, root / "test/examples/make-minilm.py", "model")
        projects = []
        for name in ("embed", "errors", "two"):
            source = pathlib.Path(work, name)
            source.mkdir()
            projects.append(Project(cmake, c, cxx, prefix, source))
        for file in ("CMakeLists.txt", "embed.cpp"):
            shutil.copy(root / "examples" / file, projects[0].source)
        check_model_in_program(projects[0], prefix)
        check_it_is_compiled_again(projects[0])
        check_errors(projects[1])
        check_two_models_and_the_runtime(projects[2])
        check_pkg_config(pkg_config, c, pathlib.Path(work, "a prefix").rename("prefix").resolve())


if __name__ == "__main__":
    main()
