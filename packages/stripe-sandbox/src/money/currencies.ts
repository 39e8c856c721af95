const zeroDecimal = new Set('bif clp djf gnf jpy kmf krw mga pyg rwf ugx vnd vuv xaf xof xpf'.split(' '));
const threeDecimal = new Set('bhd jod kwd omr tnd'.split(' '));

// Currencies Stripe presents charges in.
const twoDecimal = new Set(
  (
    'usd aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf ' +
    'cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk ' +
    'jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok ' +
    'npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ' +
    'ttd twd tzs uah uyu uzs wst xcd xcg yer zar zmw'
  ).split(' '),
);

/** The least amount of a charge, in minor units. */
const minimums: Record<string, number> = {
  usd: 50,
  eur: 50,
  gbp: 30,
  aud: 50,
  cad: 50,
  chf: 50,
  nzd: 50,
  sgd: 50,
  brl: 50,
  inr: 50,
  aed: 200,
  myr: 200,
  pln: 200,
  ron: 200,
  dkk: 250,
  sek: 300,
  nok: 300,
  hkd: 400,
  mxn: 1000,
  thb: 1000,
  czk: 1500,
  jpy: 50,
  huf: 17_500,
};

export const maximumAmount = 99_999_999;

export function isCurrency(code: string): boolean {
  return zeroDecimal.has(code) || threeDecimal.has(code) || twoDecimal.has(code);
}

/** Digits after the point: 0, 2 or 3. */
export function exponentOf(currency: string): number {
  if (zeroDecimal.has(currency)) return 0;
  return threeDecimal.has(currency) ? 3 : 2;
}

/** (choice) Currencies without a published minimum take a tenth of a major unit, at least one minor unit. */
export function minimumCharge(currency: string): number {
  return minimums[currency] ?? Math.max(1, 10 ** exponentOf(currency) / 10);
}

/** What the last digits of an amount must be: 1 when free, 10 or 100 when they must be zeros. */
export function chargeStep(currency: string): number {
  if (threeDecimal.has(currency)) return 10;
  // Sent as if they had two decimals, which must be 00. ugx has none in Stripe's own list, yet the same rule.
  return currency === 'isk' || currency === 'ugx' ? 100 : 1;
}

export function payoutStep(currency: string): number {
  return currency === 'huf' || currency === 'twd' ? 100 : chargeStep(currency);
}

export function formatAmount(amount: number, currency: string): string {
  const exponent = exponentOf(currency);
  return `${(amount / 10 ** exponent).toFixed(exponent)} ${currency}`;
}

const euroCountries = new Set('AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK BG'.split(' '));
const countryCurrencies: Record<string, string> = {
  US: 'usd',
  GB: 'gbp',
  JP: 'jpy',
  CA: 'cad',
  AU: 'aud',
  NZ: 'nzd',
  CH: 'chf',
  LI: 'chf',
  SE: 'sek',
  NO: 'nok',
  DK: 'dkk',
  PL: 'pln',
  CZ: 'czk',
  HU: 'huf',
  RO: 'ron',
  BR: 'brl',
  MX: 'mxn',
  IN: 'inr',
  SG: 'sgd',
  HK: 'hkd',
  MY: 'myr',
  TH: 'thb',
  AE: 'aed',
  GI: 'gbp',
};

/** The currency accounts of a country settle in, or nothing where the sandbox has no accounts. */
export function currencyOfCountry(country: string): string | undefined {
  return euroCountries.has(country) ? 'eur' : countryCurrencies[country];
}
