// RFC 1122 §3.2.1.3, RFC 1918 §3, RFC 3927 §2.1, RFC 6598 §7. Of IPv6, RFC 4291 §2.4 has given out 2000::/3 alone.
const local =
  /^(\[(?![23][\da-f]{3}:)|(.*\.)?localhost\.?$|(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\.[\d.]+$)/

/** Whether a URL leads to this machine or into its network: to `localhost`, or to a private address. Other names are not resolved. */
export const isLocal = ({ hostname }: URL): boolean => local.test(hostname)
