/**
 * Whether a host, as `URL.hostname` spells it, is this machine or its network: `localhost`, or an address that is not one of the
 * public internet (RFC 6890). Other names are not resolved.
 */
export function isLocalHost(hostname: string): boolean {
  const host = hostname.replace(/\.$/, '')
  if (host.startsWith('[')) return !isPublicAddress(host)
  return /(^|\.)localhost$/.test(host) || localAddress.test(host)
}

// RFC 6890 §2.2.2, RFC 1918 §3, RFC 6598 §7, RFC 3927 §2.1, RFC 2544 appendix C.2.2; multicast, and what is reserved.
const localAddress =
  /^(0|10|127|169\.254|192\.168|192\.0\.0|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|198\.1[89]|22[4-9]|2[34]\d|25[0-5])\.[\d.]+$/

/** RFC 4291 §2.4: 2000::/3, without those that hold an IPv4 address or lead through one (Teredo, 6to4). */
function isPublicAddress(address: string): boolean {
  return /^\[[23][\da-f]{3}:/.test(address) && !/^\[(2002|2001:0?):/.test(address)
}
