/** Where an image lies in its frame: how large, and moved how far. */

/** The scale, and the place of the upper left corner in the frame. */
export interface Place {
  readonly scale: number;
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const SMALLEST = 1 / 64;
const LARGEST = 64;

/** Return the place in which an image fits its frame; small ones keep their size. */
export function fitted(image: Size, frame: Size): Place {
  const scale = Math.min(1, frame.width / image.width, frame.height / image.height);
  return centered(image, frame, scale > 0 && Number.isFinite(scale) ? scale : 1);
}

/** Return the place of an image in the middle of its frame. */
export function centered(image: Size, frame: Size, scale: number): Place {
  return {
    scale,
    x: Math.round((frame.width - image.width * scale) / 2),
    y: Math.round((frame.height - image.height * scale) / 2),
  };
}

/** Return a place at another scale, with a point of the frame at the same point of the image. */
export function zoomed(place: Place, factor: number, x: number, y: number): Place {
  const scale = Math.max(SMALLEST, Math.min(LARGEST, place.scale * factor));
  const change = scale / place.scale;
  return { scale, x: x - (x - place.x) * change, y: y - (y - place.y) * change };
}
