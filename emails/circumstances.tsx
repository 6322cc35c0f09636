import { Text } from '@react-email/text';
import { harmless } from './harmless.js';

/** The time and origin of an action. They let the reader recognise it. */
export interface Circumstances {
  /** ISO 8601. */
  readonly at: string;
  readonly ipAddress?: string | null;
  readonly userAgent?: string | null;
}

/** The circumstances as a short list, without unknown values. */
export function CircumstancesList({ at, ipAddress, userAgent }: Circumstances) {
  const rows = [
    ['Time', readableTime(at)],
    ['IP address', harmless(ipAddress, 64)],
    ['Device', harmless(userAgent, 160)],
  ].filter(([, value]) => value !== undefined);
  return (
    <Text style={{ fontSize: '14px', lineHeight: '22px', margin: '0 0 16px' }}>
      {rows.map(([label, value], index) => (
        <span key={label}>
          {index > 0 && <br />}
          {label}: {value}
        </span>
      ))}
    </Text>
  );
}

function readableTime(at: string): string | undefined {
  const time = new Date(at);
  if (Number.isNaN(time.getTime())) return undefined;
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** Circumstances for the previews. */
export const previewCircumstances: Circumstances = {
  at: '2030-01-15T09:41:00.000Z',
  ipAddress: '192.0.2.17',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
};
