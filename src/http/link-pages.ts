import { createHash } from 'node:crypto';
import type { FastifyInstance } from 'fastify';

/**
 * The pages behind the links in mails, if there is no front end. Mail scanners open links, so opening a page must not use
 * the token. Only its button does.
 */
export function linkPages(app: FastifyInstance): void {
  const pages = {
    '/verify-email': page('Verify your address', VERIFY_FORM, VERIFY_SCRIPT),
    '/reset-password': page('Set a new password', PASSWORD_FORM, PASSWORD_SCRIPT),
    '/accept-invitation': page('Welcome. Choose a password', PASSWORD_FORM, PASSWORD_SCRIPT),
  };
  for (const [path, { html, policy }] of Object.entries(pages)) {
    app.get(path, async (_request, reply) => {
      void reply.header('content-security-policy', policy).header('cache-control', 'no-store');
      return reply.type('text/html; charset=utf-8').send(html);
    });
  }
}

const VERIFY_FORM = `<p>Press the button to verify your email address.</p>
<form><label hidden>Your password <input type="password" name="password" autocomplete="current-password"></label>
<button>Verify my address</button></form>`;

const VERIFY_SCRIPT = `finish(
  'mutation ($token: String!, $password: String) { verifyEmail(token: $token, password: $password) { email } }',
  function (form) { return { token: token, password: form.password.value || null } },
  'Your address is verified. You can sign in now.'
)`;

const PASSWORD_FORM = `<form>
<label>New password <input type="password" name="first" autocomplete="new-password" required></label>
<label>Repeat the new password <input type="password" name="second" autocomplete="new-password" required></label>
<button>Set the password</button></form>`;

const PASSWORD_SCRIPT = `finish(
  'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { success } }',
  function (form) {
    return { input: { token: token, newPassword: form.first.value, confirmPassword: form.second.value } }
  },
  'Your password is set. You can sign in now.'
)`;

/** Runs the mutation when the form is submitted, and shows the result. */
const SHARED_SCRIPT = `
var token = new URLSearchParams(location.search).get('token') || ''
function say(text) { document.querySelector('[role=status]').textContent = text }
function finish(query, variables, done) {
  var form = document.querySelector('form')
  form.addEventListener('submit', function (event) {
    event.preventDefault()
    var button = form.querySelector('button')
    button.disabled = true
    fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query: query, variables: variables(form) })
    }).then(function (response) { return response.json() }).then(function (answer) {
      if (!answer.errors) { form.remove(); say(done); return }
      button.disabled = false
      var error = answer.errors[0], fields = error.extensions.fieldErrors || []
      if (error.extensions.code === 'PASSWORD_REQUIRED') {
        form.querySelector('label').hidden = false
        form.password.required = true
        form.password.focus()
      }
      say(error.extensions.code === 'TOKEN_INVALID'
        ? 'The link has expired or was already used. Request a new one.'
        : [error.message].concat(fields.map(function (fault) { return fault.message })).join(' '))
    }).catch(function () { button.disabled = false; say('The gateway did not answer. Try again.') })
  })
}
`;

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:28rem;margin:4rem auto;padding:0 1rem}
button,input{font:inherit;padding:.5rem 1rem;width:100%;box-sizing:border-box;margin:.25rem 0}
button{background:#1a56db;color:#fff;border:0;border-radius:.375rem;cursor:pointer}button:disabled{opacity:.5}
@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}`;

function page(title: string, form: string, script: string): { html: string; policy: string } {
  const code = SHARED_SCRIPT + script;
  const hash = (text: string) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  return {
    html: `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title><style>${STYLE}</style></head>
<body><h1>${title}</h1>${form}<p role="status"></p><script>${code}</script></body></html>
`,
    policy: `default-src 'none'; script-src ${hash(code)}; style-src ${hash(STYLE)}; connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'`,
  };
}
