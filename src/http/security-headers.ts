/**
 * The security headers of every response (ASVS 3.4.1 to 3.4.8). Pages that run scripts replace the
 * Content-Security-Policy with their own. Without a module: the values never change, and nothing is rendered here.
 */
export const SECURITY_HEADERS = {
  'content-security-policy': "default-src 'none';frame-ancestors 'none';base-uri 'none';form-action 'none'",
  'cross-origin-opener-policy': 'same-origin',
  // Front ends of other origins read the responses; CORS decides which of them.
  'cross-origin-resource-policy': 'cross-origin',
  'origin-agent-cluster': '?1',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
  'x-download-options': 'noopen',
  'x-frame-options': 'DENY',
  'x-permitted-cross-domain-policies': 'none',
  // Off: the XSS filter of old browsers can be abused.
  'x-xss-protection': '0',
} as const;
