import { readingUrls } from "./reading-urls.ts";

/**
 * The functions of a start script that take a database's URL apart, check its parts, and turn its sslmode into $mode and $authority. They
 * use built-in commands of sh only, `fail`, which the script brings, and its $ca_file, $system_ca_file, $carriage_return, $default_settings and
 * $given_parameters.
 */
export const urlFunctions = `# Percent-decodes $1 into $decoded; $2 names the part in messages. The text is rewritten for printf's %b, which is asked once.
decode() {
  escaped=
  rest=$1
  while :; do
    case $rest in
      *[%\\\\]*) ;;
      *) break ;;
    esac
    head=\${rest%%[%\\\\]*}
    escaped=$escaped$head
    rest=\${rest#"$head"}
    case $rest in
      %[0123456789abcdefABCDEF][0123456789abcdefABCDEF]*) ;;
      %*) fail "the $2 in the URL holds a percent sign without two hexadecimal digits after it; write a percent sign itself as %25" ;;
      *) escaped=$escaped'\\\\'; rest=\${rest#?}; continue ;;
    esac
    tail=\${rest#???}
    code=\${rest%"$tail"}
    code=\${code#?}
    rest=$tail
    case $code in
      [01]?|7[fF]) fail "the $2 in the URL holds an encoded control character (such as a line break), which no setting of the pooler can carry" ;;
    esac
    byte=$((0x$code))
    escaped="$escaped\\\\0$((byte / 64))$((byte / 8 % 8))$((byte % 8))"
  done
  decoded=$(printf '%b.' "$escaped$rest")
  decoded=\${decoded%.}
}

# Puts $1 between single quotes into $quoted; within them a quote is written twice.
quote() {
  quoted=
  rest=$1
  while :; do
    case $rest in
      *"'"*) quoted=$quoted\${rest%%"'"*}"''"; rest=\${rest#*"'"} ;;
      *) quoted="'$quoted$rest'"; return 0 ;;
    esac
  done
}

${readingUrls}
check_host() {
  case $host in
    "") fail "the URL names no host" ;;
    *,*) fail "the URL names several hosts; the pooler needs one: name the primary's own address" ;;
    /*|@*) fail "the URL's host is a socket's path; the pooler reaches servers by TCP only" ;;
    *[!ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-]*) fail "the URL's host holds a character that no host name has; is a / ? or @ in the password not percent-encoded?" ;;
  esac
}

check_port() {
  case $port in
    "") port=5432 ;;
    *[!0123456789]*|??????*) fail "the URL's port is not a number from 1 to 65535; is a / ? or @ in the password not percent-encoded?" ;;
  esac
  if [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then fail "the URL's port is not a number from 1 to 65535"; fi
}

# Turns the URL's sslmode into pgbouncer's. As in libpq, a given authority makes "require" verify; a URL that is silent
# while an authority is given verifies fully.
check_mode() {
  authority=
  if [ -r "$ca_file" ]; then authority=$ca_file; fi
  case $mode in
    "") if [ -n "$authority" ]; then mode=verify-full; else mode=prefer; fi ;;
    no-verify) mode=require ;;
    require) if [ -n "$authority" ]; then mode=verify-ca; fi ;;
    disable|allow|prefer|verify-ca|verify-full) ;;
    *) fail "the URL's sslmode must be disable, allow, prefer, require, verify-ca or verify-full" ;;
  esac
  case $mode in
    verify-*) ;;
    *) authority=; return 0 ;;
  esac
  if [ -z "$authority" ] && [ "$root" = system ] && [ -r "$system_ca_file" ]; then authority=$system_ca_file; fi
  [ -n "$authority" ] || fail "sslmode=$mode needs the certificate authority: name its Secret in postgres.tls.caSecretRef"
}

`;
