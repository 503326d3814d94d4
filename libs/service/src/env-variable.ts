interface EnvVariable {
  readonly variable: string;
  readonly numeric: boolean;
  readonly trim: boolean;
}

/** By property of ServiceEnv. */
export const envVariables = new Map<string, EnvVariable>();

/** Names the environment variable that fills a property. */
export function From(variable: string, { numeric = false, trim = true } = {}): PropertyDecorator {
  return (_, property) => void envVariables.set(String(property), { variable, numeric, trim });
}
