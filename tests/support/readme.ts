import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The code of the README for front ends, with another gateway and account. */
export function readmeExample(url: string, account: { username: string; password: string }): string {
  const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8');
  const [, code] = /^## For front ends\n.*?^```ts\n(.*?)^```/ms.exec(readme) ?? [];
  if (code === undefined) throw new Error('README.md has no code for front ends');
  const values: [string, string][] = [
    ["'http://localhost:4000/graphql'", `'${url}'`],
    ["'ada'", `'${account.username}'`],
    ["'SecurePassword123!'", `'${account.password}'`],
  ];
  return values.reduce((text, [name, value]) => {
    if (!text.includes(name)) throw new Error(`The code in README.md has no ${name}`);
    return text.replace(name, value);
  }, code);
}
