import { describe, expect, it } from 'vitest';
import { login, register, registerAndVerify, signIn, someone } from '../../support/accounts.js';
import { invited, page, startWithAdmin } from '../../support/administration.js';
import { describeOnPostgres } from '../../support/backends.js';
import { expectCode, expectData } from '../../support/client.js';
import { databaseWith } from '../../support/database.js';
import { runGateway, secret } from '../../support/gateway.js';
import { isReset, requestReset } from '../../support/recovery.js';
import { idsOf, ORDERS, sorted, walk } from '../../support/user-pages.js';

/** Locales with case mappings of their own, and one that only maps ASCII. */
const LOCALES = {
  'tr-TR of ICU': "locale_provider icu icu_locale 'tr-TR' locale 'C'",
  'lt-LT of ICU': "locale_provider icu icu_locale 'lt-LT' locale 'C'",
  'C of libc': "locale_provider libc locale 'C'",
};

describeOnPostgres('the database locale', ({ start }) => {
  for (const [name, options] of Object.entries(LOCALES)) {
    it(`does not change how names are compared and sorted: ${name}`, async () => {
      const database = await databaseWith(`encoding 'UTF8' ${options}`);
      const { gateway, admin } = await startWithAdmin((more) => start({ database, ...more }));

      const account = someone({ username: 'IRIS_1', email: 'IRINI.I@Example.com' });
      await registerAndVerify(gateway, account);
      for (const identifier of ['IRIS_1', 'iris_1', 'Iris_1', 'irini.i@example.com', 'IRINI.I@EXAMPLE.COM'])
        await signIn(gateway, { ...account, username: identifier });
      expectCode(await register(gateway, someone({ username: 'iris_1' })), 'USERNAME_TAKEN');
      for (const identifier of ['ıris_1', 'İRİS_1'])
        expectCode(await login(gateway, { ...account, username: identifier }), 'INVALID_CREDENTIALS');
      expectData(await requestReset(gateway, 'irini.I@example.COM'));
      await gateway.mail.waitForMail('IRINI.I@example.com', isReset);

      const displayName = 'İpek Işık ÇELİK Ωmega Łukasz';
      const { id } = await invited(gateway, admin, { displayName });
      const find = async (search: string) =>
        idsOf((await page(gateway, admin.token, { filter: { search }, first: 100 })).nodes);
      for (const search of ['ipek', 'İPEK', 'ışık', 'IŞIK', 'çeli̇k', 'ÇELİK', 'ωmeg', 'łukasz'])
        expect(await find(search), search).toEqual([id]);
      expect(await find('iris_1')).toHaveLength(1);
      expect(await find('IRIS_1')).toHaveLength(1);

      for (const username of ['I-am-first', 'i-am-second', 'J.first', 'zI_', 'Zi-'])
        await invited(gateway, admin, { username });
      const all = (await page(gateway, admin.token, { first: 100 })).nodes;
      for (const orderBy of ORDERS) {
        const pages = await walk(gateway, admin.token, { orderBy, size: 3 });
        expect(idsOf(pages.flatMap(({ nodes }) => nodes)), JSON.stringify(orderBy)).toEqual(
          idsOf(sorted(all, orderBy)),
        );
      }
      await gateway.stop();
    });
  }

  describe('a database encoding other than UTF-8', () => {
    for (const encoding of ['LATIN1', 'SQL_ASCII']) {
      it(`stops the start: ${encoding}`, async () => {
        const database = await databaseWith(`encoding '${encoding}' locale_provider libc locale 'C'`);
        const { status, printed } = await runGateway({
          DATABASE_URL: database,
          JWT_SECRET_KEY: secret(),
          JWT_REFRESH_SECRET_KEY: secret(),
          ENCRYPTION_KEY: secret(),
        });
        expect(status).toBe(1);
        expect(printed).toContain(
          `DATABASE_URL must name a database whose encoding is UTF8, not ${encoding}`,
        );
        expect(printed).not.toContain(new URL(database).password);
      });
    }
  });
});
