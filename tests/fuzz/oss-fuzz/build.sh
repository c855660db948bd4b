#!/bin/bash -eu
# Builds the harnesses for OSS-Fuzz, whose environment says with what: CC, CXX, CFLAGS, LIB_FUZZING_ENGINE; OUT
# is where programs, corpora and dictionaries go. The machine that runs them lacks our libraries, so these are
# taken along.
autoreconf -fi
mkdir -p "$WORK/build" "$OUT/lib"
top=$PWD
cd "$WORK/build"
"$top/configure" --enable-fuzzing
# The engine is C++. A RUNPATH would not be looked at for what our libraries need themselves.
# shellcheck disable=SC2016  # for the linker
make -j"$(nproc)" CCLD="$CXX" LDFLAGS='-Wl,--disable-new-dtags,-rpath,\$$ORIGIN/lib' fuzz-programs
for corpus in "$top"/tests/fuzz/corpus/*; do
    name=${corpus##*/}
    cp "tests/fuzz/$name" "$OUT/"
    cp "$top/tests/fuzz/dict/$name.dict" "$OUT/"
    zip -q -j "$OUT/${name}_seed_corpus.zip" "$corpus"/*
    ldd "tests/fuzz/$name" | awk '$2 == "=>" && $3 ~ /^\// { print $3 }' |
        grep -vE '/(libc|libm|libpthread|libdl|librt)\.so' | xargs -r cp -L -n -t "$OUT/lib"
done
