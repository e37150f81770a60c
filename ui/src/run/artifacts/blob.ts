/** Files as addresses of the browser's own, with the type that we give them. */

import { useEffect, useState } from "preact/hooks";
import { downloadAddress, readRange } from "@/api/artifacts";
import { useLoad } from "@/parts/load";
import { suffixOf } from "@/run/artifacts/kinds";
import type { PreviewProps } from "@/run/artifacts/preview";

/** The types of images. In an image element, an SVG runs no script and loads nothing. */
const IMAGES: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  svg: "image/svg+xml",
  bmp: "image/bmp",
  avif: "image/avif",
  ico: "image/x-icon",
};

/** What the server sends with its own type. */
const SENT = new Set(["png", "jpg", "jpeg", "gif", "webp"]);

/** The most bytes of a file that is held in memory. */
export const MOST_BYTES = 256 * 1024 * 1024;

/** The address of a file, once there is one. */
export interface FileAddress {
  readonly address: string | undefined;
  readonly error: unknown;
}

/** Return the address of an image, for an image element only. */
export function useImageAddress(props: PreviewProps): FileAddress {
  const suffix = suffixOf(props.file.path);
  const isSent = SENT.has(suffix);
  const blob = useBlobAddress(isSent ? null : props, IMAGES[suffix] ?? "image/png");
  if (!isSent) return blob;
  return { address: downloadAddress(props.run, props.file.path), error: undefined };
}

/** Read a file and return an address of it with a type; it is freed with the component. */
export function useBlobAddress(props: PreviewProps | null, type: string): FileAddress {
  const key = props ? `${props.run} ${props.file.path} ${props.file.digest}` : "";
  const { value, error } = useLoad(
    async (signal) => {
      if (!props) return undefined;
      const { run, file } = props;
      if (file.size > MOST_BYTES) throw new Error("The file is too large to show. Download it.");
      return readRange(run, file.path, 0, file.size, signal);
    },
    [key],
  );
  const [address, setAddress] = useState<string>();
  useEffect(() => {
    if (!value) return;
    const made = URL.createObjectURL(new Blob([value], { type }));
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [value, type]);
  return { address, error };
}
