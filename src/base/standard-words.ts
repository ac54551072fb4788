/** Codes that ask to try again later: RFC 6749 §4.1.2.1, RFC 8628 §3.5. */
export const outageWords: readonly string[] = ['server_error', 'temporarily_unavailable', 'slow_down', 'authorization_pending']

/** The codes of RFC 6749 §5.2 and §4.1.2.1, RFC 6750 §3.1, RFC 8628 §3.5, RFC 8707 §2, RFC 9449 §5; OpenID Connect Core §3.1.2.6. */
export const standardWords: readonly string[] = /* @__PURE__ */ outageWords.concat([
  ...['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type', 'invalid_scope'],
  ...['access_denied', 'invalid_token', 'expired_token', 'invalid_target', 'invalid_dpop_proof'],
  ...['interaction_required', 'login_required', 'consent_required', 'account_selection_required'],
])
