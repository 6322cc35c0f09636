import { Field, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../../graphql/date-time.js';
import type { TotpSetup } from './totp.model.js';

@ObjectType({
  description:
    'A new second factor that waits for confirmation by enableTwoFactor. Its secrets are returned only in this answer.',
})
export class TwoFactorSetup implements TotpSetup {
  @Field(() => String, { description: 'Base32, for typing in by hand.' })
  secretKey!: string;

  @Field(() => String, { description: 'otpauth://totp/... for authenticator apps.' })
  otpauthUri!: string;

  @Field(() => String, { description: 'A PNG of the QR code as a data: URI.' })
  qrCode!: string;

  @Field(() => [String], {
    description:
      'Ten single-use codes, returned only in this answer. They work after enableTwoFactor has succeeded.',
  })
  recoveryCodes!: string[];

  @Field(() => DateTimeISO, {
    description: 'The time when an unconfirmed setup expires: ten minutes after its start.',
  })
  expiresAt!: Date;
}
