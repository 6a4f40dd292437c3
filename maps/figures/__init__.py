"""Static figures: sheets measured in millimetres, lettering, labels and maps for print."""
