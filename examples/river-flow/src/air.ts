/** One day in New York; null where the instrument gave nothing. */
export interface AirDay {
  ozonePpb: number | null;
  solarLangleys: number | null;
  windMph: number;
  temperatureF: number;
  /**
   * @integer
   * @minimum 1
   * @maximum 12
   */
  month: number;
  /**
   * @integer
   * @minimum 1
   * @maximum 31
   */
  day: number;
}

export interface OzoneMonth {
  month: number;
  measured: number;
  missing: number;
  /** Null for a month without any measurement. */
  meanPpb: number | null;
}

/** @poet */
export function summariseOzone(days: AirDay[]): OzoneMonth[] {
  const months = new Map<number, { sum: number; measured: number; missing: number }>();
  for (const { month, ozonePpb } of days) {
    const entry = months.get(month) ?? { sum: 0, measured: 0, missing: 0 };
    if (ozonePpb === null) entry.missing += 1;
    else {
      entry.sum += ozonePpb;
      entry.measured += 1;
    }
    months.set(month, entry);
  }
  return [...months].map(([month, { sum, measured, missing }]) => ({ month, measured, missing, meanPpb: measured === 0 ? null : sum / measured }));
}
