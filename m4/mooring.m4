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
