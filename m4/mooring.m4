# MOORING_CHECK_CFLAG(FLAG): appends FLAG to MOORING_CFLAGS when the compiler takes it without a
# warning.
AC_DEFUN([MOORING_CHECK_CFLAG], [
	AS_VAR_PUSHDEF([var], [mooring_cv_cflag_$1])
	AC_CACHE_CHECK([whether $CC accepts $1], [var], [
		mooring_save_cflags=$CFLAGS
		CFLAGS="$CFLAGS -Werror $1"
		AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([var], [yes])],
			[AS_VAR_SET([var], [no])])
		CFLAGS=$mooring_save_cflags])
	AS_VAR_IF([var], [yes], [MOORING_CFLAGS="$MOORING_CFLAGS $1"])
	AS_VAR_POPDEF([var])
])

# MOORING_CHECK_LDFLAG(FLAG): the same for the linker.
AC_DEFUN([MOORING_CHECK_LDFLAG], [
	AS_VAR_PUSHDEF([var], [mooring_cv_ldflag_$1])
	AC_CACHE_CHECK([whether the linker accepts $1], [var], [
		mooring_save_ldflags=$LDFLAGS
		mooring_save_cflags=$CFLAGS
		CFLAGS="$CFLAGS -fPIE"
		LDFLAGS="$LDFLAGS -Werror $1"
		AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AS_VAR_SET([var], [yes])],
			[AS_VAR_SET([var], [no])])
		LDFLAGS=$mooring_save_ldflags
		CFLAGS=$mooring_save_cflags])
	AS_VAR_IF([var], [yes], [MOORING_LDFLAGS="$MOORING_LDFLAGS $1"])
	AS_VAR_POPDEF([var])
])

# MOORING_SYSTEMD_DIR(VARIABLE, FOLDER, WHAT): sets and substitutes VARIABLE, a folder of systemd's by
# the name that systemd.pc has for it: what --with-VARIABLE says; else what systemd.pc says; else FOLDER
# of $(prefix)/lib, where systemd looks when the prefix is /usr or /usr/local. "no": WHAT is left out,
# as --without-systemd says for all. mooring_systemd_note gets what the administrator should know.
AC_DEFUN([MOORING_SYSTEMD_DIR], [
	AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1=DIR],
		[where $3 goes (as systemd.pc says, or PREFIX/lib/$2); no: nowhere])],
		[$1=$withval], [$1=auto])
	AS_IF([test "x$with_systemd" = xno], [$1=no])
	AS_CASE([$$1], [auto|yes], [
		$1=$($PKG_CONFIG --variable=$1 systemd 2>/dev/null)
		AS_IF([test "x$$1" = x], [
			$1='${prefix}/lib/$2'
			AS_CASE([$prefix], [NONE|/usr|/usr/local],
				[mooring_systemd_note="pkg-config knows no systemd here (Debian 13: systemd-dev): its files go below PREFIX/lib, where it looks for them"],
				[mooring_systemd_note="pkg-config knows no systemd here (Debian 13: systemd-dev): its files go below $prefix/lib, where it does NOT look for them; see --with-$1"])
		])
	])
	AC_SUBST([$1])
])
