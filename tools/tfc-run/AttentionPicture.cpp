// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "AttentionPicture.h"

#include "Base64.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <fmt/format.h>
#include <png.h>

namespace tfc::run {
namespace {

/// Pixels of three bytes, white where nothing is drawn.
class Picture {
public:
  Picture(size_t width, size_t height)
      : width(width), height(height), pixels(width * height * 3, 255) {}

  /// From white to blue, by the root, so that small shares are seen.
  void put(size_t x, size_t y, double share) {
    constexpr double ink[] = {20, 80, 170};
    const double depth = std::sqrt(std::clamp(share, 0.0, 1.0));
    for (size_t i = 0; i < 3; ++i)
      pixels[(y * width + x) * 3 + i] =
          static_cast<uint8_t>(std::lround(255 - depth * (255 - ink[i])));
  }

  std::string png() const {
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = static_cast<png_uint_32>(width);
    image.height = static_cast<png_uint_32>(height);
    image.format = PNG_FORMAT_RGB;
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    std::string bytes(size, '\0');
    if (!png_image_write_to_memory(&image, bytes.data(), &size, 0, pixels.data(), 0, nullptr))
      return {};
    bytes.resize(size);
    return bytes;
  }

private:
  size_t width, height;
  std::vector<uint8_t> pixels;
};

/// Where the maps of one kind stand, in units of a pixel: `cell` of these for a share.
struct Grid {
  const AttentionMaps &maps;
  size_t cell, gap, left, top;

  size_t keys() const { return maps.keys.size(); }
  size_t queries() const { return maps.queries.size(); }
  size_t x(size_t head) const { return left + head * (keys() * cell + gap); }
  size_t y(size_t layer) const { return top + layer * (queries() * cell + gap); }
  size_t right() const { return x(maps.heads); }
  size_t bottom() const { return y(maps.layers); }
  double share(size_t layer, size_t head, size_t query, size_t key) const {
    return maps.shares[((layer * maps.heads + head) * queries() + query) * keys() + key];
  }
};

/// All kinds of all rows, one below the other. `left` and `above` are for words.
std::vector<Grid> gridsOf(const std::vector<std::vector<AttentionMaps>> &rows, size_t cell,
                          size_t gap, size_t left, size_t above) {
  std::vector<Grid> grids;
  size_t top = gap;
  for (const auto &row : rows)
    for (const AttentionMaps &maps : row) {
      grids.push_back({maps, cell, gap, gap + left, top + above});
      top = grids.back().bottom() + gap;
    }
  return grids;
}

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : text)
    out += c == '&'                              ? "&amp;"
           : c == '<'                            ? "&lt;"
           : c == '>'                            ? "&gt;"
           : static_cast<unsigned char>(c) < ' ' ? "\uFFFD" // no character of XML
                                                 : std::string(1, c);
  return out;
}

} // namespace

std::string attentionPng(const std::vector<std::vector<AttentionMaps>> &rows) {
  const std::vector<Grid> grids = gridsOf(rows, /*cell=*/4, /*gap=*/6, 0, 0);
  size_t width = 1, height = 1;
  for (const Grid &grid : grids) {
    width = std::max(width, grid.right());
    height = std::max(height, grid.bottom());
  }
  Picture picture(width, height);
  for (const Grid &grid : grids)
    for (size_t layer = 0; layer < grid.maps.layers; ++layer)
      for (size_t head = 0; head < grid.maps.heads; ++head)
        for (size_t y = 0; y < grid.queries() * grid.cell; ++y)
          for (size_t x = 0; x < grid.keys() * grid.cell; ++x)
            picture.put(grid.x(head) + x, grid.y(layer) + y,
                        grid.share(layer, head, y / grid.cell, x / grid.cell));
  return picture.png();
}

std::string attentionSvg(const std::vector<std::vector<AttentionMaps>> &rows) {
  constexpr size_t cell = 14, words = 110;
  const std::vector<Grid> grids = gridsOf(rows, cell, /*gap=*/18, words, words);
  size_t width = 1, height = 1;
  std::string body;
  for (const Grid &grid : grids) {
    width = std::max(width, grid.right());
    height = std::max(height, grid.bottom());
    body += fmt::format("<text x=\"{}\" y=\"{}\" font-weight=\"bold\">{}</text>\n", grid.gap,
                        grid.top - words + 8, grid.maps.kind);
    for (size_t layer = 0; layer < grid.maps.layers; ++layer) {
      for (size_t i = 0; i < grid.queries(); ++i)
        body +=
            fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>\n", grid.left - 4,
                        grid.y(layer) + i * cell + cell - 3, escaped(grid.maps.queries[i]));
      for (size_t head = 0; head < grid.maps.heads; ++head) {
        for (size_t i = 0; layer == 0 && i < grid.keys(); ++i)
          body += fmt::format("<text transform=\"translate({} {}) rotate(-90)\">{}</text>\n",
                              grid.x(head) + i * cell + cell - 3, grid.top - 4,
                              escaped(grid.maps.keys[i]));
        Picture picture(std::max<size_t>(grid.keys(), 1), std::max<size_t>(grid.queries(), 1));
        for (size_t query = 0; query < grid.queries(); ++query)
          for (size_t key = 0; key < grid.keys(); ++key)
            picture.put(key, query, grid.share(layer, head, query, key));
        body += fmt::format("<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" "
                            "preserveAspectRatio=\"none\" href=\"data:image/png;base64,",
                            grid.x(head), grid.y(layer), grid.keys() * cell, grid.queries() * cell);
        appendBase64(body, picture.png());
        body += fmt::format("\"><title>layer {}, head {}</title></image>\n", layer + 1, head + 1);
      }
    }
  }
  return fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
                     "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"11\">\n"
                     "<style>image {{ image-rendering: pixelated }}</style>\n"
                     "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n{2}</svg>\n",
                     width, height, body);
}

} // namespace tfc::run
