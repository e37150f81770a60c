/** What Vega loads through: nothing but images in the specification itself. */

/** A loader that refuses, and says what it refused. */
export function refusingLoader(onRefuse: (address: string) => void) {
  const refuse = (address: unknown): Promise<never> => {
    onRefuse(String(address));
    return Promise.reject(new Error("Nothing is loaded from elsewhere."));
  };
  return {
    options: {},
    load: refuse,
    http: refuse,
    file: refuse,
    sanitize: (address: string): Promise<{ href: string }> =>
      /^data:image\/(?:png|jpeg|gif|webp);/.test(address)
        ? Promise.resolve({ href: address })
        : refuse(address),
  };
}
