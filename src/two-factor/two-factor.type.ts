import { Field, ObjectType } from 'type-graphql';
import { DateTimeISO } from '../graphql/date-time.js';

@ObjectType()
export class TwoFactorSetup {
  @Field(() => String, { description: 'Base32, for typing in by hand.' })
  secretKey!: string;

  @Field(() => String, { description: 'otpauth://totp/... for authenticator apps.' })
  otpauthUri!: string;

  @Field(() => String, { description: 'A PNG of the QR code as a data: URI.' })
  qrCode!: string;

  @Field(() => [String], {
    description: 'Ten single-use codes, shown this once. They work once enableTwoFactor has succeeded.',
  })
  recoveryCodes!: string[];

  @Field(() => DateTimeISO, { description: 'When an unconfirmed setup lapses.' })
  expiresAt!: Date;
}

@ObjectType()
export class RecoveryCodes {
  @Field(() => [String])
  recoveryCodes!: string[];
}
